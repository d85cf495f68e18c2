"""TMON's code tables: carriers, reasons of claims, and categories."""
