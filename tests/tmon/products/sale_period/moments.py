"""Moments and zones to try."""

from datetime import datetime

from tmon.clock import KST

START = datetime(2026, 12, 28, 10, tzinfo=KST)
