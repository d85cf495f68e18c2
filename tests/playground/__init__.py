"""The far sides themselves: the Slack workspace, the TMON sandbox, the mail catcher and the page."""
