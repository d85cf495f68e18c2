"""The whole product on one machine: a Slack workspace with a page, a TMON sandbox, a mail catcher, and the bot itself.

All parts talk over real sockets; the bot is the same as in `tmon-bot run`. Every start begins with fresh data.
"""
