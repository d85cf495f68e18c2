"""Operating it: real processes of several roles on PostgreSQL, and what an operator does to them."""
