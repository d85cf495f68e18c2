"""Settlement (정산): TMON's rows of each day, read again until they stay as they are."""
