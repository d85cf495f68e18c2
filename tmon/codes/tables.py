"""Finding carriers and reasons in the groups of `GET /codes`, whose names are only proposed (docs/tmon-api.md, ch. 5.1, 17)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tmon.codes.reasons import MEANINGS, Family

Groups = Mapping[str, Sequence[Sequence[str]]]
"""Pairs of code and meaning by the name of the group."""

OWN_DELIVERY = "10099"
"""자체배송: the seller or somebody of theirs brings it, without a waybill number."""

_BLANKS = re.compile(r"\s")
_CARRIER_CODE = re.compile(r"[0-9]{5}")
_CARRIER_GROUP = re.compile(r"deliver(y|ies)?(corp|compan)|courier|carrier|parcel|logistic|택배|배송(업체|사)|운송")
_NAMED_LIKE_CARRIERS = re.compile(r"택배|통운|우체국|로지스|자체배송|직접배송|직배송|express|logis", re.IGNORECASE)


@dataclass(frozen=True)
class Carrier:
    """A carrier (택배사)."""

    code: str
    name: str


@dataclass(frozen=True)
class Reason:
    """A reason of a claim or of an act on it."""

    code: str
    name: str


OWN = Carrier(OWN_DELIVERY, "자체배송")


def is_carrier_code(code: str) -> bool:
    """Return whether `code` has the form of a carrier's code: five digits."""
    return _CARRIER_CODE.fullmatch(code) is not None


def find_carriers(groups: Groups) -> tuple[Carrier, ...]:
    """Return the carriers in the order of TMON, without own delivery.

    That is the group whose name says so; else those that contain own delivery, or whose meanings read like carriers.
    """
    for holds in (_is_named_so, _has_own_delivery, _reads_so):
        found: dict[str, Carrier] = {}
        for code, name in (entry for group, entries in groups.items() if holds(group, entries) for entry in entries):
            if is_carrier_code(code) and code != OWN_DELIVERY:
                found.setdefault(code, Carrier(code, name or code))
        if found:
            return tuple(found.values())
    return ()


def find_carrier(carriers: Iterable[Carrier], typed: str) -> str | None:
    """Return the code of the carrier with this name or code; None if there is none.

    Where TMON has named no carrier but own delivery, any code of five digits is taken.
    """
    known = list(carriers)
    wanted = _BLANKS.sub("", typed).casefold()
    for carrier in known:
        if wanted in (carrier.code, _BLANKS.sub("", carrier.name).casefold()):
            return carrier.code
    is_unknown = all(carrier.code == OWN_DELIVERY for carrier in known)
    return wanted if is_unknown and is_carrier_code(wanted) else None


def find_reasons(groups: Groups, family: Family) -> tuple[Reason, ...]:
    """Return the reasons of a family: what begins with its letters, in any group, or stands in a group of that name."""
    found: dict[str, str] = {}
    for group, entries in groups.items():
        named_so = group.casefold() == family.casefold()
        for code, name in entries:
            if named_so or (code.startswith(family) and code != family):
                found.setdefault(code, name or MEANINGS.get(code, code))
    return tuple(Reason(code, name) for code, name in found.items())


def find_meaning(groups: Groups, code: str) -> str:
    """Return what the code of a reason means; the code itself where nobody says."""
    family = next((one for one in Family if code.startswith(one)), None)
    named = () if family is None else find_reasons(groups, family)
    return next((reason.name for reason in named if reason.code == code), None) or MEANINGS.get(code, code)


def _is_named_so(group: str, entries: Sequence[Sequence[str]]) -> bool:
    return _CARRIER_GROUP.search(re.sub(r"[\s_.-]", "", group.casefold())) is not None


def _has_own_delivery(group: str, entries: Sequence[Sequence[str]]) -> bool:
    return any(code == OWN_DELIVERY for code, _ in entries)


def _reads_so(group: str, entries: Sequence[Sequence[str]]) -> bool:
    return any(is_carrier_code(code) and _NAMED_LIKE_CARRIERS.search(name) for code, name in entries)
