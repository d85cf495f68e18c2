"""The sandbox against docs/tmon-api.md, over real HTTP."""
