"""Who may change the products of a store."""
