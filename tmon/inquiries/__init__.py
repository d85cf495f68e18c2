"""Inquiries of a store: 상품문의 and CS문의, collected, shown and answered."""
