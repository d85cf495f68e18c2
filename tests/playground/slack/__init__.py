"""The Slack workspace against what Slack documents, over real HTTP and WebSockets."""
