"""Uploaded lists of products in Slack: the file, its preview, how far its sending is, its result."""
