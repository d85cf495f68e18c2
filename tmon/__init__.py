"""Selling on TMON: the API client, the tables, and the rules of stores, orders, products, stock and incidents."""
