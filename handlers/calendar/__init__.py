"""The calendar of a store in its settings: closed days and collection hours."""
