"""The judge of the drill sees what it is to see."""

import json
from dataclasses import replace
from typing import Any

from tests.drill import judge
from tests.drill.fleet import Life
from tests.drill.judge import Evidence
from tests.drill.plan import Plan

PLAN = Plan(seed=1, seconds=0)
STORE = PLAN.stores[0]
NUMBER = 9100200301


def call(host: str, at: float, **more: Any) -> dict[str, Any]:
    return {"host": host, "received": at, "effective": at + 0.1, "answered": at + 0.2, **more}


def listed(host: str, at: float, day: str) -> dict[str, Any]:
    query = {"startDate": day, "endDate": day}
    return call(host, at, name="orders.list", partner=STORE.seller_id, path="/", query=query, took_effect=False)


def confirmed(host: str, at: float, *, took_effect: bool = True) -> dict[str, Any]:
    asked = {"name": "orders.confirm", "partner": STORE.seller_id, "path": f"/{NUMBER}", "query": {}}
    return call(host, at, **asked, body={"tmonDealNo": 7}, took_effect=took_effect)


def card(mark: str, ts: str = "1") -> dict[str, Any]:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"{mark} *수건*\n{STORE.name} · 주문 `{NUMBER}`"}}]
    return {"team_id": "T1", "channel": "C1", "ts": ts, "only_for": None, "blocks": blocks}


def drawn(mark: str, at: float, team_id: str = "T1") -> dict[str, Any]:
    args = {"blocks": json.dumps(card(mark)["blocks"])}
    return call("h1", at, method="chat.update", team_id=team_id, channel="C1", ts="1", ok=True, error=None, args=args)


def seen(tmon: list[dict[str, Any]] = [], slack: list[dict[str, Any]] = [], **more: Any) -> Evidence:  # noqa: B006
    order = {"order_no": NUMBER, "partner": STORE.seller_id, "deals": {"7": "D2"}}
    return Evidence(
        stores=PLAN.stores,
        team_ids=("T1", "T2"),
        lives=[],
        tmon={"calls": tmon, "orders": [order]},
        slack={"calls": slack, "messages": more.pop("messages", [card("✅")]), "presses": more.pop("presses", [])},
        history={NUMBER: ["new", "confirming", "confirmed"]},
        batches={},
        noted=frozenset(),
        store_ids={},
    )


def test_what_is_right_is_not_blamed() -> None:
    right = seen([listed("h1", 1, "a"), listed("h2", 2, "b"), confirmed("h1", 3)], [drawn("🆕", 1), drawn("✅", 4)])
    assert not [*judge.overlapping_runs(right), *judge.confirmed_twice(right), *judge.older_drawings(right)]
    assert not [*judge.strayed(right), *judge.untrue_cards(right, copies=False), *judge.unseen_orders(right)]


def test_runs_at_the_same_time() -> None:
    assert [*judge.overlapping_runs(seen([listed("h1", 1, "a"), listed("h2", 1.1, "b")]))]


def test_runs_at_the_same_time_with_one_between_them_that_was_hurt() -> None:
    hurt = Life("worker 1", "worker", "h2", None, 0.0, ended=1.2, how="killed")  # type: ignore[arg-type]
    calls = [listed("h1", 1, "a"), listed("h1", 9, "a"), listed("h2", 1.1, "b"), listed("h3", 5, "c")]
    (found,) = judge.overlapping_runs(replace(seen(calls), lives=[hurt]))
    assert "h3" in found


def test_a_second_confirmation() -> None:
    assert [*judge.confirmed_twice(seen([confirmed("h1", 1), confirmed("h2", 2)]))]
    assert [*judge.confirmed_twice(seen([confirmed("h1", 1), confirmed("h2", 2, took_effect=False)]))]


def test_a_message_in_the_wrong_workspace() -> None:
    assert [*judge.strayed(seen(slack=[drawn("✅", 1, "T2")]))]


def test_an_older_drawing() -> None:
    assert [*judge.older_drawings(seen(slack=[drawn("✅", 1), drawn("🆕", 2)]))]


def test_cards_that_are_wrong_missing_or_doubled() -> None:
    assert [*judge.untrue_cards(seen(messages=[card("🆕")]), copies=True)]
    assert [*judge.untrue_cards(seen(messages=[card("✅", "1"), card("✅", "2")]), copies=False)]
    waits = {"order_no": NUMBER, "partner": STORE.seller_id, "deals": {"7": "D1"}}
    missing = replace(seen(messages=[]), tmon={"calls": [], "orders": [waits]})
    assert [*judge.untrue_cards(missing, copies=True)]


def test_a_press_without_effect_and_an_order_nobody_saw() -> None:
    press = {"error": None, "value": json.dumps({"store": "st_1", "order": NUMBER}), "at": 1.0}
    waits = {"order_no": NUMBER, "partner": STORE.seller_id, "deals": {"7": "D1"}}
    lost = replace(seen(presses=[press]), tmon={"calls": [], "orders": [waits]}, history={})
    assert [*judge.forgotten_presses(lost)]
    assert [*judge.unseen_orders(lost)]
