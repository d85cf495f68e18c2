"""One world for many runs: a fresh store for each, everything that may happen to its orders, and what must hold after it."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from bot.playground.slack.model import Channel, Message, NotVisible, SlackCall, SlackCallPhase, View
from bot.playground.slack.rules.blocks import elements_of, options_of
from bot.playground.tmon import WRITES, CallPhase, LoggedCall, Partner, PlacedOrder
from bot.playground.tmon.demo_catalog import LIVING
from bot.playground.tmon.seed_shop import open_shop
from handlers.codes.ids import DIRECT
from tests.flows.world import World, start_bot
from tests.mortal import Died, Life, MortalDatabase
from tmon.feature import DAY
from tmon.ids import new_id
from tmon.listings.changes import ListingChanges
from tmon.listings.documents import Sale, Wanted
from tmon.listings.fields import UNMANAGED
from tmon.models.claims import Claim
from tmon.models.listings import OPEN_CHANGES, ChangeState, ProductChange
from tmon.models.metadata import METADATA
from tmon.models.orders import OPEN_STATES, DealState, Order, OrderDeal, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, ConfirmMode, Credentials, Store
from tmon.models.waybills import Waybill, WaybillState
from tmon.models.writes import OPEN_STEPS, WriteRecord
from tmon.outbox import enqueue_update
from tmon.permissions import Person
from tmon.stores.service import StoreService

_KEPT = {"hash_key"}
"""Tables that one run leaves to the next."""
_ELSEWHERE = {
    "extend the audit chain",
    "verify the audit chain",
    "watch for unusual looks",
    "record decryptions",
    "remind of the access review",
    "overwrite what was destroyed",
    "destroy buyers' data",
    "destroy claimants' data",
    "destroy what was written in inquiries",
    "check stores",
    "extend sale periods",
    "read deals",
    "collect settlement",
    "post monthly reports",
}
"""Jobs that have nothing to do with orders, and take their time."""
_PHONE = re.compile(r"(?<![\d])0(?:10|50\d)-?0\d{2,3}-?\d{4}(?!\d)")
_SENTENCE = "주문하신 상품이 아직 도착하지 않아 확인이 필요합니다"
_CARDS = ("order/", "batch/", "claim/")
"""Keys of messages that show something as it is."""


class Broken(AssertionError):
    """Something that must hold does not."""


@dataclass
class Play:
    """A world in which one store is played through at a time."""

    world: World
    life: Life
    store: Store = field(init=False)
    partner: Partner = field(init=False)
    channel: Channel = field(init=False)
    trace: list[str] = field(default_factory=list)
    """What has happened in this run, in words."""
    acts: int = 0
    """Number of the person's act under way: nothing is sent twice for one."""
    staffed: bool = False
    """A person acts in this step."""
    sent: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    """Calls that write, by act, name and what they are about."""
    faults: list[str] = field(default_factory=list)
    """What was seen meanwhile that must not be."""
    secrets: set[str] = field(default_factory=set)
    """Personal data of the buyers of this run."""
    ran: dict[str, datetime] = field(default_factory=dict)
    """When which job ran last."""
    effects: Counter[str] = field(default_factory=Counter)
    """What took effect at TMON in all runs."""
    steps: int = 0
    """Of all runs."""
    writes = WRITES

    # A run.

    async def begin(self, rng: Random, mode: ConfirmMode) -> None:
        """A new store with nothing in it; what was there before is gone."""
        world = self.world
        async with world.db.write() as session:
            for table in reversed(METADATA.sorted_tables):
                if table.name not in _KEPT:
                    await session.execute(delete(table))
        for held in (world.tmon.orders, world.tmon.claims, world.tmon.deals, world.tmon.calls, world.slack.calls):
            held.clear()
        self.trace, self.faults, self.secrets, self.sent, self.acts = [], [], set(), Counter(), 0
        world.tmon.partners = {}
        self.partner = open_shop(world.tmon, Partner(f"seller-{new_id('p')}", new_id("key"), "한빛리빙", 50000, LIVING))
        self.ran = {job.name: world.clock() for job in world.bot.jobs if job.every >= DAY}
        members = {world.owner, world.slack.bot_user_id}
        self.channel = Channel(new_id("C").upper(), "주문-모델", members=members, bot_is_member=True)
        world.slack.conversations.add(self.channel)
        await self._close_views()
        self.store = await world.add_store(
            seller_id=self.partner.partner_id,
            credentials=Credentials(api_key=self.partner.token),
            channel_id=self.channel.id,
            confirm_mode=mode,
            auto_from=world.clock() if mode is ConfirmMode.AUTO else None,
            cs_on=False,
            product_on=False,
            stock_on=True,
        )
        await world.run_job("read codes")
        world.tmon.on_call, world.slack.on_call = self._tmon_heard, self._slack_heard
        self.rng = rng

    async def step(self, name: str, act: Callable[[], Awaitable[object]], *, staff: bool = False) -> None:
        """Let something happen, and everything that follows from it; a process that dies of it starts again."""
        self.steps += 1
        self.trace.append(name)
        self.acts += 1
        self.staffed = staff
        # whoever waits for an answer of a process that has died would wait for long
        acting, dying = asyncio.ensure_future(act()), asyncio.ensure_future(self.life.died.wait())
        await asyncio.wait({acting, dying}, return_when=asyncio.FIRST_COMPLETED)
        acting.cancel()
        dying.cancel()
        for failure in await asyncio.gather(acting, dying, return_exceptions=True):
            if isinstance(failure, Exception) and not isinstance(failure, Died | NotVisible):
                raise failure
        await self.settle()
        self.staffed = False
        if self.faults:
            raise Broken(self._told(self.faults[0]))

    async def settle(self) -> None:
        """Everything that is under way ends, though the process may die of it."""
        for _ in range(3):
            try:
                await self.world.settle()
            except (Died, ExceptionGroup):
                pass
            if not self.life.dead:
                return
            self.trace.append("  … and the process is killed and starts again")
            await self.restart()
        raise AssertionError("it dies again and again")

    async def restart(self) -> None:
        """The process ends, however it stands, and starts again."""
        await self.world._stack.aclose()
        self.life.revive()
        await start_mortal(self.world, self.life)

    async def pass_time(self, by: timedelta) -> None:
        """The clock moves on, and all jobs run whose time has come."""
        self.world.clock.advance(by)
        now = self.world.clock()
        for job in self.world.bot.jobs:
            if self.life.dead:
                return
            if job.name in _ELSEWHERE or (
                job.name in self.ran and now - self.ran[job.name] < timedelta(seconds=job.every)
            ):
                continue
            self.ran[job.name] = now
            try:
                await job.run()
            except Died:
                return
        await self.settle()

    # Buyers and TMON.

    async def buyer_pays(self, deals: int) -> None:
        """A new order, of a buyer with a name that nobody else has."""
        order = self.world.tmon.new_order(self.partner.partner_id, deals=deals)
        name = "독고" + self.rng.choice("가나다라마바사아자차") + self.rng.choice("갸냐댜랴먀뱌샤야쟈챠")
        order.buyer, order.receiver_name = replace(order.buyer, name=name), name
        known = [one for one in self.orders if one is not order]
        if known and self.rng.random() < 0.4:  # the same recipient as before
            order.buyer, order.receiver_name, order.address = known[0].buyer, known[0].receiver_name, known[0].address
        self._remember(order)
        self.trace.append(f"  order {order.order_no} of {len(order.deals)} deals")

    @property
    def orders(self) -> list[PlacedOrder]:
        """All orders of the run."""
        return self.partner.orders

    def _remember(self, order: PlacedOrder) -> None:
        address = order.address
        found = (
            order.buyer.name,
            order.receiver_name,
            order.buyer.phone,
            order.receiver_phone,
            address.lot,
            address.street,
        )
        self.secrets.update(one for one in found if one)
        self.secrets.update(deal.customs_id for deal in order.deals if deal.customs_id)

    def an_order(self) -> PlacedOrder | None:
        """Any order."""
        return self.rng.choice(self.orders) if self.orders else None

    # People.

    async def switch(self, group: ApiGroup | None, *, on: bool) -> None:
        """A switch of the store is turned."""
        person = Person(self.store.team_id, self.world.owner, is_admin=True)
        await self.world.bot.services[StoreService].settings.turn(person, self.store.id, group, on=on)

    async def press_card(self) -> None:
        """Somebody presses any button of any message in the channel."""
        found = [
            (message, block, element)
            for message in self.messages()
            for block in message.blocks
            for element in elements_of(block)
            if _can_be_pressed(element)
        ]
        if not found:
            return
        message, block, element = self.rng.choice(found)
        self.trace.append(f"  presses {_name(element)} on a card")
        await self.world.slack.click(
            self.world.owner,
            channel=message.channel,
            ts=message.ts,
            action_id=element["action_id"],
            block_id=block["block_id"],
            value=self._choice(element),
        )

    async def carry_out(self, label: str) -> None:
        """Somebody presses a button with that text on some card, and fills in and sends the form that it opens."""
        found = [
            (message, block, element)
            for message in self.messages()
            for block in message.blocks
            for element in elements_of(block)
            if _can_be_pressed(element) and (element.get("text") or {}).get("text") == label
        ]
        if not found:
            return
        message, block, element = self.rng.choice(found)
        await self._close_views()
        self.trace.append(f"  presses {_name(element)} on a card")
        await self.world.slack.click(
            self.world.owner,
            channel=message.channel,
            ts=message.ts,
            action_id=element["action_id"],
            block_id=block["block_id"],
        )
        await self.settle()
        stack = self.world.slack.open_modal(self.world.owner)
        if stack and stack[-1].submit is not None:
            await self._submit(stack[-1])

    async def _close_views(self) -> None:
        while stack := self.world.slack.open_modal(self.world.owner):
            await self.world.slack.close(self.world.owner, stack[-1].id)

    async def change_sale(self, sale: Sale) -> None:
        """Somebody pauses or resumes the sale of a deal that was ordered."""
        async with self.world.db.read() as session:
            known = sorted(await session.scalars(select(col(Deal.deal_no))))
        if known:
            deal_no = self.rng.choice(known)
            self.trace.append(f"  {sale} of deal {deal_no}")
            person = Person(self.store.team_id, self.world.owner, is_admin=True)
            changes = self.world.bot.services[ListingChanges]
            await changes.submit(person, self.store.id, deal_no, Wanted(sale=sale))

    async def use_view(self) -> None:
        """Somebody goes on in the modal in front of them: presses, fills in and sends, or closes it."""
        stack = self.world.slack.open_modal(self.world.owner)
        if not stack:
            return
        view = stack[-1]
        pressable = [
            (block, element)
            for block in view.blocks
            for element in elements_of(block)
            if block["type"] != "input" and _can_be_pressed(element)
        ]
        chance = self.rng.random()
        if view.submit is not None and chance < 0.75:
            await self._submit(view)
        elif pressable and chance < 0.92:
            block, element = self.rng.choice(pressable)
            self.trace.append(f"  presses {_name(element)} in {_title(view)}")
            await self.world.slack.click(
                self.world.owner,
                view_id=view.id,
                action_id=element["action_id"],
                block_id=block["block_id"],
                value=self._choice(element),
            )
        else:
            self.trace.append(f"  closes {_title(view)}")
            await self.world.slack.close(self.world.owner, view.id)

    async def command(self, text: str) -> None:
        """Somebody types a command."""
        await self.world.slack.slash(self.world.owner, self.channel.id, "/tmon", text)

    async def _submit(self, view: View) -> None:
        values: dict[str, Any] = {}
        for block in view.blocks:
            if block["type"] == "input":
                for element in elements_of(block):
                    values[f"{block['block_id']}/{element['action_id']}"] = await self._value(view, block, element)
        self.trace.append(f"  sends {_title(view)} with {list(values.values())}")
        values = {name: value for name, value in values.items() if value is not None}
        result = await self.world.slack.submit(self.world.owner, view.id, values)
        if result.errors:
            self.trace.append(f"  … refused: {list(result.errors.values())}")

    async def _value(self, view: View, block: dict[str, Any], element: dict[str, Any]) -> Any:
        """What somebody fills in. None: it is left as it is."""
        label = str(block["label"]["text"])
        rng = self.rng
        match element["type"]:
            case "plain_text_input":
                if "송장번호" in label:
                    return None if "추가" in label else rng.choice(("6012-3456-7890", "601234567891"))
                return _SENTENCE if any(word in label for word in ("상세", "사유", "이유")) else None
            case "static_select" | "radio_buttons":
                return rng.choice(options_of(element))["value"]
            case "multi_static_select" | "checkboxes":
                found = [option["value"] for option in options_of(element)]
                return found if element["type"] == "checkboxes" else rng.sample(found, rng.randint(1, len(found)))
            case "external_select":
                shown = await self.world.slack.suggest(self.world.owner, view.id, block["block_id"], "")
                shown = [one for one in shown if one["value"] != DIRECT]  # which asks to type a code instead
                return rng.choice(shown)["value"] if shown else None
            case "datepicker":
                return (self.world.clock() + timedelta(days=rng.randint(1, 6))).date().isoformat()
        return None

    def _choice(self, element: dict[str, Any]) -> Any:
        match element["type"]:
            case "button":
                return None
            case "checkboxes":
                return [option["value"] for option in options_of(element)]
            case _:
                return self.rng.choice(options_of(element))["value"]

    def messages(self) -> list[Message]:
        """What stands in the channel, oldest first."""
        found = self.world.slack.messages(self.channel.id, self.world.owner)
        return [message for message in found if not message.deleted and message.ephemeral_for is None]

    # What must hold at any time.

    async def _tmon_heard(self, call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and not self.life.dead and call.name in WRITES:
            await self._check_write(call)
        self.life.passed()

    async def _check_write(self, call: LoggedCall) -> None:
        subject = _subject(call)
        self.trace.append(f"  TMON hears {call.name} {subject}")
        async with self.world.db.read() as session:
            store = await session.get_one(Store, (self.store.team_id, self.store.id))
        of_product = call.name.startswith("deals.")
        if not store.group_on(ApiGroup.STOCK if of_product else ApiGroup.ORDER):
            self.faults.append(f"{call.name} was sent while its switch is off")
        if of_product:  # it may have waited
            return
        automatic = call.name == "orders.confirm" and store.confirm_mode is not ConfirmMode.MANUAL
        if not self.staffed and not automatic:
            self.faults.append(f"{call.name} was sent though nobody acted")
        self.sent[(self.acts, call.name, subject)] += 1
        if self.sent[(self.acts, call.name, subject)] > 1:
            self.faults.append(f"{call.name} {subject} was sent twice for one act")

    async def _slack_heard(self, call: SlackCall, phase: SlackCallPhase) -> None:
        if phase is SlackCallPhase.RECEIVED and call.method.startswith("chat."):
            channel = self.world.slack.channels.get(str(call.args.get("channel")))
            if channel is not None and not channel.is_im:
                self._check_text(json.dumps(dict(call.args), ensure_ascii=False, default=str))
        self.life.passed()

    def _check_text(self, text: str) -> None:
        for secret in self.secrets:
            if secret in text:
                self.faults.append(f"{secret} was posted in a channel")
        if (phone := _PHONE.search(text)) is not None:
            self.faults.append(f"the phone number {phone[0]} was posted in a channel")

    # What must hold in the end.

    async def end(self) -> None:
        """Everything works again and comes to rest; then TMON, tables and cards say the same."""
        self.trace.append("everything works again")
        self.acts += 1
        if self.life.dead:
            await self.restart()
        self.life.revive()
        for group in (None, ApiGroup.ORDER):
            await self.switch(group, on=True)
        for by in (timedelta(minutes=131), timedelta(minutes=6)):
            await self.pass_time(by)
        if self.faults:
            raise Broken(self._told(self.faults[0]))
        await self._check_effects()
        await self._check_orders()
        await self._check_claims()
        await self._check_waybills()
        await self._check_products()
        await self._check_rest()
        await self._check_cards()

    async def _check_effects(self) -> None:
        """At most one effect of each kind at TMON."""
        self.effects.update(call.name for call in self.world.tmon.calls if call.took_effect)
        for (name, subject), count in self._effects().items():
            if count > 1 and name in _ONCE:
                raise Broken(self._told(f"{name} {subject} took effect {count} times"))
        decided = Counter(
            call.path.rpartition("/")[0]
            for call in self.world.tmon.calls
            if call.took_effect and call.name.partition(".")[2] in _DECISIONS
        )
        for claim, count in decided.items():
            if count > 1:
                raise Broken(self._told(f"{claim} was decided {count} times"))

    def _effects(self, kind: str = "") -> Counter[tuple[str, str]]:
        """How often each call whose name begins so took effect, by name and subject."""
        calls = [call for call in self.world.tmon.calls if call.took_effect and call.name.startswith(kind)]
        return Counter((call.name, _subject(call)) for call in calls)

    async def _check_orders(self) -> None:
        async with self.world.db.read() as session:
            orders = {one.order_no: one for one in await session.scalars(select(Order))}
            deals = {(one.order_no, one.deal_no): one for one in await session.scalars(select(OrderDeal))}
        for placed in self.orders:
            order = orders.get(placed.order_no)
            if order is None:
                # what was shipped elsewhere before the first look is in no list that is read
                if not all(deal.cancelled or deal.status not in ("D1", "D2") for deal in placed.deals):
                    raise Broken(self._told(f"order {placed.order_no} was never stored"))
                continue
            live = [deal for deal in placed.deals if not deal.cancelled]
            wanted = OrderState.CANCELLED
            if live:
                wanted = OrderState.NEW if any(deal.status == "D1" for deal in live) else OrderState.CONFIRMED
            if order.state is not wanted:
                raise Broken(self._told(f"order {placed.order_no} is {order.state}, at TMON {wanted}"))
            for deal in live:
                stored = deals[(placed.order_no, deal.deal_no)]
                if stored.state is DealState.CANCELLED or stored.delivery_status != deal.status:
                    raise Broken(
                        self._told(
                            f"deal {deal.deal_no} of {placed.order_no} is {stored.delivery_status} "
                            f"({stored.state}), at TMON {deal.status}"
                        )
                    )

    async def _check_claims(self) -> None:
        """Each claim stands as at TMON, and what is open has a message and a clock."""
        async with self.world.db.read() as session:
            rows = {one.claim_no: one for one in await session.scalars(select(Claim))}
        for claim in self.world.tmon.claims.values():
            row = rows.get(claim.claim_no)
            if row is None:
                if claim.open:
                    raise Broken(self._told(f"the open claim {claim.claim_no} was never stored"))
                continue
            if (row.status, row.ended_at is None, row.holding) != (claim.status, claim.open, claim.holding):
                raise Broken(
                    self._told(
                        f"claim {claim.claim_no} is {row.status}, ended {row.ended_at}, held {row.holding}; "
                        f"at TMON {claim.status}, held {claim.holding}"
                    )
                )
            if row.act is not None:
                raise Broken(self._told(f"{row.act} of claim {claim.claim_no} is still under way"))
            if claim.open and (row.deadline is None or not row.has_card):
                raise Broken(self._told(f"claim {claim.claim_no} is open without a clock or a message"))

    async def _check_waybills(self) -> None:
        """What is said to be registered is at TMON, with that number."""
        async with self.world.db.read() as session:
            rows = list(await session.scalars(select(Waybill)))
        corrected = {call.path for call in self.world.tmon.calls_of("orders.change_invoice")}
        for row in rows:
            placed = self.world.tmon.orders[row.order_no]
            deal = next(one for one in placed.deals if one.deal_no == row.deal_no)
            if row.state in (WaybillState.SENDING, WaybillState.UNKNOWN):
                raise Broken(self._told(f"the waybill of {row.order_no}/{row.deal_no} is still {row.state}"))
            known = not any(f"/{row.order_no}/" in path for path in corrected)
            there = None if deal.invoice is None else deal.invoice.number
            if row.state is WaybillState.REGISTERED and known and row.number not in (None, there):
                raise Broken(self._told(f"{row.order_no}/{row.deal_no} has {row.number}, at TMON {there}"))

    async def _check_products(self) -> None:
        """What people wanted of a deal has ended, and the last of it that was carried out is what TMON has."""
        async with self.world.db.read() as session:
            rows = list(await session.scalars(select(ProductChange).order_by(col(ProductChange.seq))))
        last = dict[int, str]()
        for row in rows:
            if row.state in OPEN_CHANGES:
                raise Broken(self._told(f"a change of {row.product_key} is still {row.state} ({row.note})"))
            if row.state is ChangeState.DONE:
                last[int(row.product_key.removeprefix(UNMANAGED))] = row.summary[0]["new"]
        for deal_no, sale in last.items():
            if self.world.tmon.deals[deal_no].paused is not (sale == Sale.PAUSE):
                raise Broken(self._told(f"deal {deal_no} is not as {sale} left it"))
        wanted = Counter(row.product_key for row in rows)
        for (name, subject), count in self._effects("deals.").items():
            if count > wanted[f"{UNMANAGED}{subject.split('/')[1]}"]:
                raise Broken(self._told(f"{name} {subject} took effect {count} times"))

    async def _check_rest(self) -> None:
        """Nothing is under way any more."""
        async with self.world.db.read() as session:
            writes = list(await session.scalars(select(WriteRecord).where(col(WriteRecord.state).in_(OPEN_STEPS))))
            orders = list(await session.scalars(select(Order).where(col(Order.state).in_(OPEN_STATES))))
        for write in writes:
            raise Broken(self._told(f"{write.kind} {write.subject} is still {write.state}"))
        for order in orders:
            if not order.has_card:
                raise Broken(self._told(f"order {order.order_no} waits without a card"))

    async def _check_cards(self) -> None:
        """Every card looks as it would if it was drawn now."""
        before = {message.ts: message.blocks for message in self.messages()}
        async with self.world.db.write() as session:
            keys = [key for key in await session.scalars(select(col(Row.key))) if key.startswith(_CARDS)]
            await enqueue_update(session, self.store.team_id, keys, now=self.world.clock())
        await self.world.settle()
        for message in self.messages():
            if message.ts in before and _looks(message.blocks) != _looks(before[message.ts]):
                raise Broken(
                    self._told(f"a card said {_looks(before[message.ts])}\n and now says {_looks(message.blocks)}")
                )

    def _told(self, fault: str) -> str:
        return "\n".join([fault, "What had happened:", *self.trace])


_ONCE = {"orders.confirm", "orders.delay"}
_DECISIONS = {"approve", "reject"}


def _subject(call: LoggedCall) -> str:
    """What a call is about: its path, and the deal and delivery in its body."""
    body = call.body if isinstance(call.body, dict) else {}
    named = [str(body[name]) for name in sorted(body) if name in ("tmonDealNo", "deliveryNo", "tmonOrderNo")]
    return " ".join([call.path.partition("/api/")[2].partition("/")[2], *named])


def _looks(blocks: list[dict[str, Any]]) -> str:
    """What a person sees of blocks, without ids that may differ, and without what only the clock has changed."""
    return re.sub(r"'block_id': '[^']*'|(\\xa0| )\(지남\)", "", str(blocks))


def _can_be_pressed(element: dict[str, Any]) -> bool:
    kinds = ("button", "overflow", "static_select", "checkboxes")
    return element["type"] in kinds and not element.get("url")


def _name(element: dict[str, Any]) -> str:
    text = element.get("text") or element.get("placeholder") or {}
    return f"{text.get('text', element['type'])!r} ({element['action_id']})"


def _title(view: View) -> str:
    return repr((view.title or {}).get("text", ""))


async def start_mortal(world: World, life: Life) -> None:
    """Starts the bot with a database that ends with it."""
    database = MortalDatabase(world.settings.database_url, life)
    database.clock_offset = world.db.clock_offset  # the pace of messages goes by the database's clock
    world._stack.push_async_callback(database.engine.dispose)
    world.bot = await start_bot(world._stack, world.settings, database, world.clock, world.features)


@asynccontextmanager
async def play_in(world: World) -> AsyncIterator[Play]:
    """Plays in a world whose bot may die."""
    life = Life(world.tmon, world.slack)
    await world._stack.aclose()
    await start_mortal(world, life)
    yield Play(world, life)
