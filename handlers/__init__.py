"""The Slack side: parse an interaction, make one call into `tmon`, render the result."""
