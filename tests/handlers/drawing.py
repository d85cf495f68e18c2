"""How the tests draw, and read what was drawn."""

import json
from typing import Any

from tmon.permissions import Person

OWNER, READER = Person("T1", "U1"), Person("T1", "U9")


def shown(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)
