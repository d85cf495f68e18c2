"""The complete schema: imports every module of this package, so that no table is missing."""

import importlib
import pkgutil

from sqlmodel import SQLModel

from tmon import models

for _module in pkgutil.iter_modules(models.__path__):
    if _module.name != "metadata":
        importlib.import_module(f"{models.__name__}.{_module.name}")

METADATA = SQLModel.metadata
