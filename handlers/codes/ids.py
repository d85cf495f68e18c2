"""Ids of menus of codes. They live on in open forms: never rename, only add."""

from enum import StrEnum


class CodeAction(StrEnum):
    """Menus of codes."""

    FIND_CARRIER = "codes.find_carrier"


DIRECT = "direct"
"""Value of the option that says how to type a carrier's code; `tmon.codes.service.check_carrier` refuses it."""
