"""The five counters of what was late: for these, malls fine sellers."""
