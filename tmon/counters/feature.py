"""Manifest of the counters."""

from tmon.counters.service import LateCases
from tmon.feature import DomainFeature

FEATURE = DomainFeature(name="counters", services=lambda core: (LateCases(core),))
