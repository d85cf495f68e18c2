"""Incidents: one per cause of failures, notified once, closed by the first success."""
