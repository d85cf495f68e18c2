"""Pure functions: data in, Block Kit dicts out."""
