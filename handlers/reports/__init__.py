"""Reports of channels, and of any period in `/tmon report`."""
