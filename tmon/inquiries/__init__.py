"""Inquiries of a store: 상품문의 and CS문의, collected and shown. They are answered in TMON's partner centre."""
