"""Products that are registered and changed here: from a sheet or a form, by the seller's own numbers."""
