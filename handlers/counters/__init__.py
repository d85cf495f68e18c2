"""The five counters of what was late: their lists. The numbers stand on the home tab and in the status."""
