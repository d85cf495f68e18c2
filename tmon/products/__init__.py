"""Products: known deals, and the extension of their sale periods."""
