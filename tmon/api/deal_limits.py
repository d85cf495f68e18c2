"""Limits of deals and their options (docs/tmon-api.md, ch. 8.1, 8.2, 8.4). Lengths are in characters; TMON judges the rest."""

from datetime import timedelta

KEY_LENGTH = 50
"""`vendorDealNo`, `vendorDealOptionNo`."""
MANAGED_TITLE_LENGTH = 60
TITLE_LENGTH = 60
TITLE_DECORATION_LENGTH = 20
DETAIL_LENGTH = 500_000
"""`detailContents`, HTML."""
SECTION_NAME_LENGTH = 10
"""A name of an option group: one of the deal's `sections`."""
SECTION_VALUE_LENGTH = 100
"""An option's value for a group: one of its own `sections`."""
OPTION_TITLE_LENGTH = 100
"""An option's `title`, of a deal without groups."""
MAX_OPTIONS = 200
"""Options of a deal, those that are hidden included (ch. 8.4)."""
MAX_IMAGES = 6
"""`mainImages`, all different."""
MAX_KEYWORDS = 5
MAX_PURCHASE_QTY = 999
"""`maxPurchaseQty`: from 1 to this."""

CALLS_PER_DEAL = 10
CALLS_SPAN = timedelta(minutes=20)
"""A deal is created and changed at most `CALLS_PER_DEAL` times within this (ch. 8.2)."""

FORBIDDEN_IN_OPTION_TEXTS = '#<>\\"^|'
"""Characters that an option's texts are sent without (ch. 8.1)."""
_DROPPED = str.maketrans("", "", FORBIDDEN_IN_OPTION_TEXTS)


def option_text(text: str) -> str:
    """Return `text` as an option may have it: without forbidden characters, blanks collapsed."""
    return " ".join(text.translate(_DROPPED).split())
