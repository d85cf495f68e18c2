"""Stock: SKUs, allocations of orders, and the sync of stock to TMON."""
