"""Selling on TMON: the wire API, the tables, and what a store, an order, an incident is and may do."""
