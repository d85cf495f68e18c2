"""Uploaded lists of products in Slack: their preview and their result."""
