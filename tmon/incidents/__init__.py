"""Incidents: one per cause, told once, closed by the first success."""
