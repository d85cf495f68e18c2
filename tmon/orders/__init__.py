"""Orders: collection, cards, hold, confirmation exactly once, and its recovery after a crash."""
