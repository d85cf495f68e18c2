"""Who may do what with a store."""

import pytest

from handlers.samples.fixtures import store
from tmon.permissions import Permission, Person, has_permission, managers, operators

MANAGE, OPERATE, VIEW = Permission.MANAGE, Permission.OPERATE, Permission.VIEW


def may(person: Person, *workers: str) -> set[Permission]:
    """What `person` may do with a store of U1's, whose order staff are `workers`."""
    shop = store(registered_by="U1", worker_ids=list(workers))
    return {right for right in Permission if has_permission(person, right, shop)}


@pytest.mark.parametrize(
    ("person", "workers", "rights"),
    [
        (Person("T1", "U1"), (), {MANAGE, OPERATE, VIEW}),
        (Person("T1", "U2", is_admin=True), (), {MANAGE, OPERATE, VIEW}),
        (Person("T1", "U3"), (), {VIEW}),
        (Person("T1", "U3"), ("U3",), {OPERATE, VIEW}),
        (Person("T1", "U1"), ("U3",), {MANAGE, OPERATE, VIEW}),
        (Person("T1", "U2", is_admin=True), ("U3",), {MANAGE, OPERATE, VIEW}),
        (Person("T1", "U1", is_full_member=False), (), set()),
        (Person("T2", "U1", is_admin=True), (), set()),
    ],
    ids=[
        "registrant",
        "admin",
        "member",
        "staff",
        "registrant beside staff",
        "admin beside staff",
        "guest",
        "stranger",
    ],
)
def test_rights(person: Person, workers: tuple[str, ...], rights: set[Permission]) -> None:
    assert may(person, *workers) == rights


def test_where_no_staff_is_chosen_those_who_manage_confirm() -> None:
    assert operators(store(registered_by="U1", worker_ids=[])) == ("U1",) == managers(store(registered_by="U1"))
    assert operators(store(registered_by="U1", worker_ids=["U3", "U4"])) == ("U3", "U4")


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("en-US", "en"), ("ja-JP", "en")])
def test_who_reads_no_korean_reads_english(locale: str, language: str) -> None:
    assert Person("T1", "U1", locale=locale).language == language
