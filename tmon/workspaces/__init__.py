"""Workspaces that have installed the app: their arrival, their departure, and the destruction of what they leave."""
