"""TMON's code tables: carriers, and reasons of claims."""
