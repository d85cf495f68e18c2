"""Collection: what is due, from when to when, and what came of it."""
