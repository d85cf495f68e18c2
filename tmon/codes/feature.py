"""Manifest of TMON's code tables."""

from tmon.codes.reader import CodeReader
from tmon.codes.service import CodeTables, delete_of_store
from tmon.feature import DomainFeature, Job

FEATURE = DomainFeature(
    name="codes",
    services=lambda core: (CodeTables(core), CodeReader(core)),
    jobs=(Job("read codes", 5, lambda services: services[CodeReader]()),),
    on_store_removed=delete_of_store,
)
