"""Whatever is pressed, submitted or typed in one workspace with the ids of another changes nothing there and tells nothing of it.

What there is to press is taken from the samples of the features: each view and message, with the ids of the other workspace in
place of those of the sample. Nobody has to think of this test who adds a button.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from bot.playground.slack import Workspace, envelopes, payloads
from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.model import Block, View
from bot.playground.slack.rules.blocks import elements_of, options_of
from bot.playground.slack.rules.inputs import STATE_KEYS, initial_state
from bot.playground.tmon import buyer_cancels, new_cs_inquiry, new_question, new_review
from handlers.features import complete, subcommands
from handlers.texts import Texts
from tests.clock import MovableClock
from tests.flows.workspaces.test_two_workspaces import both
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.models.calendar import Vacation
from tmon.models.claims import Claim
from tmon.models.collection import SyncRun, Unread, UnreadRecord, UnreadWhy
from tmon.models.incidents import Cause, Incident, IncidentStore
from tmon.models.inquiries import AnswerPhrase, Inquiry
from tmon.models.metadata import METADATA
from tmon.models.orders import Order, OrderBatch, OrderDeal
from tmon.models.reviews import Review
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Contact, Store
from tmon.models.templates import DeliveryTemplate

__all__ = ["both"]

STORE = "st_foreign"
ADDRESS = 77
NAMED = {
    "sku": "sk_foreign",
    "mismatch": "mm_foreign",
    "template": "dt_foreign",
    "vacation": "va_foreign",
    "phrase": "ph_foreign",
    "incident": "in_foreign",
}
"""Ids of the other workspace by the name of their parameter."""
IN_OTHER_VALUES = re.compile(r"\b(?:st|sk|mm|dt|va|ph|in|ba|ru|cb)_\w+|\bs{20}\b")
ORDER_NUMBERS = re.compile(r"\b9100200\d{3}\b")
HANGUL, NUMBER = re.compile("[가-힣]{3}"), re.compile(r"\d{3}-\d{4}|\d{8}")

Ids = Mapping[str, Any]


class Foreign:
    """The ids of a workspace in which there is one of everything."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ids: dict[str, Any] = {"store": store.id, "place": f"contact/{store.id}", "no": ADDRESS, **NAMED}
        self.inquiries: dict[str, Inquiry] = {}
        self.review = 0
        self.claim_batch = "cb_none"

    @classmethod
    async def settle_in(cls, world: World) -> "Foreign":
        """Collect one of everything, and add what is not collected."""
        contact = Contact(name="비밀담당자", email="secret@foreign.example", mobile="010-9999-0101")
        store = await world.add_store(
            id=STORE, name="비밀의상점", name_key="비밀의상점", contact=contact, stock_on=True, report_revenue=True
        )
        foreign = cls(store)
        placed = world.tmon.new_orders(store.seller_id, 8)
        new_question(world.tmon, store.seller_id)
        new_cs_inquiry(world.tmon, store.seller_id)
        new_review(world.tmon, store.seller_id, score=1)
        await world.collect()
        buyer_cancels(world.tmon, placed[0].order_no)
        for kind in world.bot.services[Coordinator].specs:
            await world.collect(kind)
        await world.run_job("read deals")
        async with world.db.write() as session:
            await foreign._add(session, world)
        await world.settle()
        await world.run_job("record decryptions")  # a later one is recorded as well
        return foreign

    async def _add(self, session: AsyncSession, world: World) -> None:
        team, now, ids = self.store.team_id, world.clock(), self.ids
        mine: dict[str, Any] = {"team_id": team, "store_id": STORE}
        deal = await _first(session, OrderDeal, team)
        deal_no, option_no = deal.deal_no, int(str(deal.options[0]["no"]))
        claim = await _first(session, Claim, team)
        ids |= {"deal": deal_no, "option": option_no, "kind": claim.kind, "claim": claim.claim_no}
        ids["order"] = (await _first(session, Order, team)).order_no
        ids["batch"] = (await _first(session, OrderBatch, team)).id
        ids["run"] = (await _first(session, SyncRun, team)).id
        self.review = (await _first(session, Review, team)).review_no
        for one in await session.scalars(select(Inquiry).where(col(Inquiry.team_id) == team)):
            self.inquiries[one.source.value] = one
        day = date(2026, 3, 20)
        session.add_all(
            [
                Sku(**mine, id=ids["sku"], code="SECRET-1", name="비밀단품", stock=3, counted_at=now, updated_at=now),
                OptionLink(
                    **mine,
                    deal_no=deal_no,
                    option_no=option_no,
                    sku_id=ids["sku"],
                    mismatch=9,
                    mismatch_id=ids["mismatch"],
                ),
                DeliveryTemplate(**mine, id=ids["template"], no=7, name="비밀배송템플릿", known_since=now),
                Vacation(
                    **mine, id=ids["vacation"], starts_on=day, ends_on=day, ship_on=day, begun_by=MINJI, begun_at=now
                ),
                AnswerPhrase(
                    **mine,
                    id=ids["phrase"],
                    name="비밀문구",
                    content="비밀문구의 내용",
                    updated_by=MINJI,
                    updated_at=now,
                ),
                Incident(
                    team_id=team,
                    id=ids["incident"],
                    subject=f"key:{STORE}",
                    cause=Cause.KEY,
                    failing_since=now,
                    opened_at=now,
                    refreshed_at=now,
                    error="key_rejected",
                    message="비밀인증키 오류",
                ),
                IncidentStore(
                    team_id=team, incident_id=ids["incident"], store_id=STORE, contact_store_id=STORE, joined_at=now
                ),
                UnreadRecord(
                    **mine,
                    what=Unread.ORDER,
                    number="9100299999",
                    field="deals",
                    why=UnreadWhy.MISSING,
                    first_seen_at=now,
                    last_seen_at=now,
                    told_at=now,
                ),
            ]
        )

    def in_place(self, action: str, value: str) -> str:
        """Return a button's value, a view's metadata or an option's value with the ids of this workspace."""
        try:
            found = json.loads(value)
        except ValueError:
            return ORDER_NUMBERS.sub(str(self.ids["order"]), IN_OTHER_VALUES.sub(self._named, value))
        return json.dumps(self._replaced(action, found), ensure_ascii=False)

    def all_at_once(self) -> str:
        """Return a value with every parameter that there is, for buttons that no sample has any more."""
        return json.dumps({**self.ids, "orders": [self.ids["order"]]})

    def _named(self, found: re.Match[str]) -> str:
        kinds = {"sk": "sku", "mm": "mismatch", "dt": "template", "va": "vacation", "ph": "phrase", "in": "incident"}
        kinds |= {"ba": "batch", "ru": "run"}
        return str(self.ids.get(kinds.get(found[0][:2], "store")))

    def _replaced(self, action: str, given: Any) -> Any:
        if isinstance(given, list):
            return [self._replaced(action, one) for one in given]
        if not isinstance(given, dict):
            return given
        made = {
            name: self.ids[name]
            if name in self.ids and not isinstance(value, dict | list)
            else self._replaced(action, value)
            for name, value in given.items()
        }
        if "orders" in made:
            made["orders"] = [self.ids["order"]]
        if "number" in made and "source" in made:
            inquiry = self.inquiries[made["source"]]
            made |= {"number": inquiry.number, "part": inquiry.part}
        elif "number" in made and action.startswith("review"):
            made["number"] = self.review
        if action.startswith("claim") and "batch" in made:
            made["batch"] = self.claim_batch
        return made


T = TypeVar("T", bound=SQLModel)


async def _first(session: AsyncSession, model: type[T], team_id: str) -> T:
    of_team: Any = col(model.team_id) == team_id  # type: ignore[attr-defined]
    found = await session.scalars(select(model).where(of_team).limit(1))
    return found.one()


async def rows_of(world: World, team_id: str) -> dict[str, list[str]]:
    """Every row of a workspace, by table."""
    found = {}
    async with world.db.read() as session:
        for table in METADATA.sorted_tables:
            if "team_id" in table.columns:
                rows = await session.execute(select(table).where(table.c.team_id == team_id))
                found[table.name] = sorted(str(dict(row._mapping)) for row in rows)
    return found


async def texts_of(world: World, team_id: str) -> set[str]:
    """All texts that are stored of a workspace, in the open."""
    found: set[str] = set()

    def add(value: Any) -> None:
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            for one in value.values():
                add(one)
        elif isinstance(value, list):
            for one in value:
                add(one)

    async with world.db.read() as session:
        for table in METADATA.sorted_tables:
            if "team_id" in table.columns:
                for row in await session.execute(select(table).where(table.c.team_id == team_id)):
                    add(list(row))
    return found


def elements(payload: Mapping[str, Any]) -> Iterator[tuple[Block, Block]]:
    """Blocks and their elements with an action."""
    for block in payload.get("blocks", ()):
        for element in elements_of(block):
            if element.get("action_id"):
                yield block, element


class Presses:
    """What a person of a workspace does with the ids of another one."""

    def __init__(self, slack: Workspace, foreign: Foreign, clock: MovableClock) -> None:
        self.slack, self.foreign, self.clock = slack, foreign, clock
        self.used: set[str] = set()
        self.answers: list[Any] = []
        self.sent: list[str] = []
        self._known: set[tuple[str, ...]] = set()

    def is_new(self, *what: str) -> bool:
        """Whether nothing of that shape was pressed before."""
        if what in self._known:
            return False
        self._known.add(what)
        return True

    def open(self, payload: Mapping[str, Any], callback: str, metadata: str) -> View:
        """A view in front of the person, as the sample draws it."""
        blocks = json.loads(json.dumps(payload.get("blocks", [])))
        for number, block in enumerate(blocks):
            block.setdefault("block_id", f"b{number}")
        content = {"title": {"type": "plain_text", "text": "?"}, **payload, "type": "modal", "blocks": blocks}
        view = self.slack.views.open(MINJI, {**content, "callback_id": callback, "private_metadata": metadata})
        view.state = initial_state(view.blocks)
        return view

    async def press(self, view: View, block: Block, element: Block, value: str | None, option: Block | None) -> None:
        """Press a button, or choose an option."""
        base = element["action_id"].partition("#")[0]
        self.used.add(base)
        element = {**element, **({} if value is None else {"value": value})}
        chosen = {} if option is None else {"selected_option": option, "selected_options": [option]}
        action = payloads.action(block, element, chosen, self.slack.conversations.next_ts())
        await self._send(envelopes.view_actions(self.slack, self.slack.people[MINJI], view, action))

    async def submit(self, view: View, *, filled: bool) -> None:
        """Send a form; `filled`: with something in each input, whatever Slack's client thinks of it."""
        self.used.add(view.callback_id)
        if filled:
            for block, element in elements({"blocks": view.blocks}):
                if (key := STATE_KEYS.get(element["type"])) is not None and element["type"] != "file_input":
                    view.state[block["block_id"]][element["action_id"]] = {
                        "type": element["type"],
                        key: self._something(element, key),
                    }
        await self._send(envelopes.view_submission(self.slack, self.slack.people[MINJI], view))

    async def suggest(self, view: View, block: Block, element: Block) -> None:
        """Type into a menu that is searched on our side."""
        self.used.add(element["action_id"].partition("#")[0])
        person = self.slack.people[MINJI]
        await self._send(
            envelopes.suggestion(self.slack, person, view, block["block_id"], element["action_id"], "비밀")
        )

    async def _send(self, payload: dict[str, Any]) -> None:
        self.sent.append(json.dumps(payload, ensure_ascii=False))
        self.clock.advance(timedelta(seconds=2))  # Slack's pace
        delivery = await self.slack.sockets.send("interactive", payload)
        self.answers.append(delivery.ack)

    def _something(self, element: Block, key: str) -> Any:
        options = self.options(element)
        match key:
            case "value":
                return "3"
            case "selected_option":
                return options[0] if options else None
            case "selected_options":
                return options[:1]
            case "selected_date":
                return "2026-03-20"
            case "selected_time":
                return "10:00"
            case "selected_user":
                return MINJI
            case "selected_users":
                return [MINJI]
            case "selected_conversations" | "selected_channels":
                return [ORDERS]
            case _:
                return ORDERS

    def options(self, element: Block) -> list[Block]:
        """The options of a menu, with the ids of the other workspace."""
        known = [] if element["type"].startswith("external") else options_of(element)
        action = element["action_id"]
        return [{"text": one["text"], "value": self.foreign.in_place(action, one["value"])} for one in known]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about ids, whatever the database
@pytest.mark.timeout(600)  # some hundred presses
async def test_ids_of_one_workspace_lead_nowhere_in_another(both: tuple[World, World]) -> None:
    own, other = both
    await other.add_store(id="st_home", partner=1, name="집상점", name_key="집상점")
    foreign = await Foreign.settle_in(own)
    features = complete(own.features[1])
    texts = Texts("ko", own.clock, ZoneInfo("Asia/Seoul"))
    samples = [one for feature in features for one in feature.samples(texts)]
    presses = Presses(other.slack, foreign, own.clock)
    before, calls = await rows_of(own, own.slack.team_id), len(own.slack.calls)
    said, tmon = len(other.slack.calls), len(own.tmon.calls)

    async def use(payload: Mapping[str, Any]) -> None:
        callback = payload.get("callback_id", "")
        metadata = foreign.in_place(callback, payload.get("private_metadata") or "") if callback else ""
        for block, element in elements(payload):
            base = element["action_id"].partition("#")[0]
            value = element.get("value")
            value = None if value is None else foreign.in_place(base, value)
            if block["type"] == "input" and not block.get("dispatch_action"):
                if element["type"].endswith("external_select") and presses.is_new("suggest", base):
                    view = presses.open(payload, callback, metadata)
                    await presses.suggest(view, *matching(view, element["action_id"]))
                continue
            options: list[Block | None] = [*presses.options(element)[:4]]
            for option in options or [None]:
                if not presses.is_new(base, callback, *shape(value), *shape(option["value"] if option else None)):
                    continue
                view = presses.open(payload, callback, metadata)
                await presses.press(view, *matching(view, element["action_id"]), value, option)
                await other.bot.guard.drain()
        if callback and presses.is_new("submit", callback, *shape(metadata)):
            for filled in (False, True):
                await presses.submit(presses.open(payload, callback, metadata), filled=filled)
                await other.bot.guard.drain()

    for _, payload in samples:
        await use(payload)
    registered = {str(one) for feature in features for one in feature.actions}
    for base in sorted(registered - presses.used):  # of old messages
        button = {"type": "button", "action_id": base, "text": {"type": "plain_text", "text": "?"}}
        block = {"type": "actions", "block_id": "b0", "elements": [button]}
        await presses.press(presses.open({"blocks": [block]}, "", ""), block, button, foreign.all_at_once(), None)
        await other.bot.guard.drain()
    for word in subcommands(features):
        for argument in ("", foreign.store.id, str(foreign.ids["order"]), "비밀"):
            acted = await other.slack.slash(MINJI, ORDERS, "/tmon", f"{word.english} {argument}")
            presses.answers.append(acted.ack)
            await other.bot.guard.drain()
    await other.settle()

    assert {str(one) for feature in features for one in (*feature.submissions, *feature.options)} <= presses.used
    after = await rows_of(own, own.slack.team_id)
    assert {name: after[name] for name in after if after[name] != before[name]} == {}
    assert [call.args for call in own.slack.calls[calls:]] == []
    assert foreign.store.seller_id not in {call.partner_id for call in list(own.tmon.calls)[tmon:]}
    known = json.dumps([samples, presses.sent], ensure_ascii=False, default=str)
    known += "".join(await texts_of(other, other.slack.team_id))
    secrets = {
        text
        for text in await texts_of(own, own.slack.team_id)
        if (HANGUL.search(text) or NUMBER.search(text)) and text not in known
    }
    secrets |= {name for order in own.tmon.orders.values() for name in (order.receiver_name, order.receiver_phone)}
    assert {"비밀의상점", "비밀단품", "비밀배송템플릿", "비밀문구"} <= secrets
    answers = json.dumps(
        [presses.answers, [call.args for call in other.slack.calls[said:]]], ensure_ascii=False, default=str
    )
    assert {secret for secret in secrets if secret in answers} == set()


def matching(view: View, action_id: str) -> tuple[Block, Block]:
    """The block and the element of an open view."""
    return next((block, one) for block, one in elements({"blocks": view.blocks}) if one["action_id"] == action_id)


def shape(value: str | None) -> tuple[str, ...]:
    """What tells values apart: the names of their parameters."""
    try:
        found = json.loads(value or "")
    except ValueError:
        return ("text",) if value else ()
    return tuple(sorted(found)) if isinstance(found, dict) else ("value",)
