"""The calendar of a store, in its settings and on its orders."""
