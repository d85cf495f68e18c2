"""Files of products in Slack: the form of registration, the list, rows with problems."""
