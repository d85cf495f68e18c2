"""Collection: scheduled runs that read TMON's data for each store, and their results."""
