"""Orders: intake, cards, hold, confirmation that happens exactly once, and what settles it after a crash."""
