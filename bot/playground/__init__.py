"""The whole product on one machine: a Slack workspace with a page, a TMON sandbox, a mail catcher, and the bot itself.

Everything speaks over real sockets; the bot is the same that `tmon-bot run` starts. Every start begins anew.
"""
