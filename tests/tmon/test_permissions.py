"""Who may do what with a store."""

import pytest

from handlers.samples.fixtures import store
from tmon.permissions import Permission, Person, cs_people, has_permission, managers, operators

MANAGE, OPERATE, ANSWER, VIEW = Permission.MANAGE, Permission.OPERATE, Permission.ANSWER, Permission.VIEW
PRODUCTS = Permission.PRODUCTS


def may(person: Person, *workers: str) -> set[Permission]:
    """What `person` may do with a store of U1's, whose order staff are `workers`."""
    shop = store(registered_by="U1", worker_ids=list(workers))
    return {right for right in Permission if has_permission(person, right, shop)}


@pytest.mark.parametrize(
    ("person", "workers", "rights"),
    [
        (Person("T1", "U1"), (), {MANAGE, OPERATE, ANSWER, PRODUCTS, VIEW}),
        (Person("T1", "U2", is_admin=True), (), {MANAGE, OPERATE, ANSWER, PRODUCTS, VIEW}),
        (Person("T1", "U3"), (), {VIEW}),
        (Person("T1", "U3"), ("U3",), {OPERATE, ANSWER, PRODUCTS, VIEW}),
        (Person("T1", "U1"), ("U3",), {MANAGE, OPERATE, ANSWER, PRODUCTS, VIEW}),
        (Person("T1", "U2", is_admin=True), ("U3",), {MANAGE, OPERATE, ANSWER, PRODUCTS, VIEW}),
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


def test_a_store_may_leave_products_to_those_who_manage() -> None:
    shop = store(registered_by="U1", worker_ids=["U3"], cs_worker_ids=["U4"], product_managers_only=True)
    people = (Person("T1", "U1"), Person("T1", "U2", is_admin=True), Person("T1", "U3"), Person("T1", "U4"))
    assert [has_permission(person, PRODUCTS, shop) for person in people] == [True, True, False, False]
    assert has_permission(people[2], OPERATE, shop)


@pytest.mark.parametrize(("locale", "language"), [("ko-KR", "ko"), ("en-US", "en"), ("ja-JP", "en")])
def test_who_reads_no_korean_reads_english(locale: str, language: str) -> None:
    assert Person("T1", "U1", locale=locale).language == language


def test_questions_are_for_the_cs_staff_and_for_those_who_confirm() -> None:
    shop = store(registered_by="U1", worker_ids=["U3"], cs_worker_ids=["U4"])
    assert cs_people(shop) == ("U4",)
    assert [has_permission(Person("T1", who), ANSWER, shop) for who in ("U1", "U3", "U4", "U5")] == [
        True,
        True,
        True,
        False,
    ]
    assert not has_permission(Person("T1", "U4"), OPERATE, shop)
    assert cs_people(store(registered_by="U1", worker_ids=["U3"])) == ("U3",)
    assert cs_people(store(registered_by="U1")) == ("U1",)
