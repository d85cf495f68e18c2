"""Reports in channels and in `/tmon report`."""
