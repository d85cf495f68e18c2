"""The whole product on one machine: a Slack workspace, its page, a TMON sandbox and a mail catcher."""
