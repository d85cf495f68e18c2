"""The calendar of a store: its closed days, and the hours in which it is collected."""
