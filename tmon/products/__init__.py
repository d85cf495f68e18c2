"""Products: the deals that we know of, and the extension of their sale periods."""
