"""The sandbox against the wire contract, over real HTTP."""
