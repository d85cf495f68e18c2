"""How the tests ask for orders."""

from datetime import timedelta

SECOND = timedelta(seconds=1)
