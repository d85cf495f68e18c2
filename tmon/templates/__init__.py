"""Templates: the address book, and delivery templates that can never be changed."""
