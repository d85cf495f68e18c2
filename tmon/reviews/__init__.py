"""Reviews (구매후기): collected where TMON offers them, shown in a list and a daily digest, replied to."""
