"""Stores: registration, approval, settings and removal."""
