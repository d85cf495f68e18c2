"""Manifest of TMON's code tables and categories."""

from tmon.codes.categories import CategoryTrees
from tmon.codes.reader import CodeReader
from tmon.codes.service import CodeTables, delete_of_store
from tmon.feature import DomainFeature, Job

FEATURE = DomainFeature(
    name="codes",
    services=lambda core: (CodeTables(core), CodeReader(core), CategoryTrees(core)),
    jobs=(
        Job("read codes", 5, lambda services: services[CodeReader]()),
        Job("read categories", 5, lambda services: services[CategoryTrees]()),
    ),
    on_store_removed=delete_of_store,
)
