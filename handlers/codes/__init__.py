"""Menus of TMON's codes: carriers and reasons."""
