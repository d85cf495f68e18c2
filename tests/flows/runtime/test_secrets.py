"""Secrets and personal data pass through every flow, and are found nowhere but where they have to be.

They may stand in the form of those who manage, in the view that a look at the mobile number opens, in the header of a mail,
and sealed in the database. They may not stand in logs (nor in what the redactor is given), in errors, in the database's
bytes, or in anything sent to Slack.
"""

import io
import json
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy import make_url, select, text
from sqlmodel import col

from bot.logs import configure
from bot.playground.slack.demo import DANIEL, MINJI, ORDERS
from bot.playground.tmon import DEMO_PARTNERS, Mode, PlacedOrder, Vendor, buyer_cancels
from bot.playground.tmon.models import BuyerAccount, ShippingAddress
from handlers.incidents.ids import IncidentAction, IncidentView
from handlers.orders.ids import OrderAction, OrderView
from handlers.stores.ids import SettingsAction, SetupAction, SetupView
from tests.flows.cards import buttons, card_of, press
from tests.flows.stores.listing import action, choose
from tests.flows.stores.registering import api, click, stores, submit, text_of
from tests.flows.world import World
from tmon.masking import mask_name
from tmon.models.audit import Audit
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.sealing import Place

SHOP = DEMO_PARTNERS[0]
WRONG_KEY = "0badc0de-1111-4222-8333-944455566677"
OWN = Vendor("own-client", "own-secret-Zx81qW", "OWNVENDOR", "kq7#Lm2!Vb9@Xc4$")
STORES_SECRETS = (SHOP.token, WRONG_KEY, OWN.client_secret, OWN.personal_data_key)

CONTACT = {
    "contact_name": "황보담당",
    "contact_email": "hwangbo.kim@seller-mail.example",
    "contact_phone": "02-7333-7171",
    "contact_mobile": "010-9733-4141",
}
CONTACTS_DATA = tuple(CONTACT.values())

BUYER = BuyerAccount("dokgo_8812", "독고하늘빛", "010-0777-1212")
RECEIVER, RECEIVERS_PHONE = "남궁별솔", "0504-0777-1313"
ADDRESS = ShippingAddress(
    "63999", "제주특별자치도 가상동 771-9", "별채 77동 909호", "제주특별자치도 가상해안로 7777", 3000
)
MOVED_TO = replace(ADDRESS, detail="본채 88동 101호", street="제주특별자치도 가상해안로 8888")
MEMO, MESSAGE, OPTION_MESSAGE = "열쇠는 화분 밑에 있어요", "선물 포장해 주세요 독고", "각인은 별솔에게"
CUSTOMS_ID = "P000077771234"
REASON = "독고하늘빛 010-0777-1212 로 연락 주세요"
BUYERS_DATA = (
    *(BUYER.user_id, BUYER.name, "010-0777-1212", RECEIVER, RECEIVERS_PHONE),
    *("제주특별자치도 가상동 771-9", ADDRESS.detail, "제주특별자치도 가상해안로"),
    *(MOVED_TO.detail, "가상해안로 8888"),
    *(MEMO, MESSAGE, OPTION_MESSAGE, CUSTOMS_ID),
)
CONTACTS_VIEWS = {SetupView.CONTACT, IncidentView.MOBILE}


class Unredacted(logging.Handler):
    """What the code gave to the log, before the redactor: code is to log ids and counts only."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the event, its values and the whole text of the error that goes with it."""
        self.given.append(f"{record.msg!r} {record.args!r}")
        if isinstance(record.exc_info, tuple):
            self.given.append("".join(traceback.format_exception(*record.exc_info)))


@dataclass
class Heard:
    """Everything that was logged."""

    lines: io.StringIO = field(default_factory=io.StringIO)
    unredacted: Unredacted = field(default_factory=Unredacted)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The real logs, at their most talkative."""
    root = logging.getLogger()
    before = root.handlers, root.level, sys.excepthook
    heard = Heard()
    configure("DEBUG", "json", heard.lines)
    for rule in root.handlers[0].filters:  # what libraries say at DEBUG is never heard
        heard.unredacted.addFilter(rule)
    root.addHandler(heard.unredacted)
    yield heard
    root.handlers, sys.excepthook = before[0], before[2]
    root.setLevel(before[1])
    logging.captureWarnings(False)
    structlog.reset_defaults()


def found(secrets: Iterable[str], where: str) -> list[str]:
    """Which of `secrets` stand in `where`, as they are or as JSON, URLs or plain digits spell them."""
    return [
        secret
        for secret in secrets
        if any(form in where for form in (secret, json.dumps(secret)[1:-1], quote(secret), _digits(secret)))
    ]


def _digits(secret: str) -> str:
    bare = secret.replace("-", "")
    return bare if bare.isdigit() else secret


async def stored(world: World) -> str:
    """The database: a file's bytes with those of its log, or every row of every table."""
    url = make_url(world.settings.database_url)
    if url.database and url.get_backend_name() == "sqlite":
        file = Path(url.database)
        files = [path for path in file.parent.iterdir() if path.name.startswith(file.name)]
        assert any(path.stat().st_size > 50_000 for path in files)
        return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    async with world.db.read() as session:
        tables = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        rows = [
            row for table in tables.all() for row in await session.scalars(text(f'SELECT t::text FROM "{table}" AS t'))
        ]
    assert len(rows) > 10
    return "\n".join(rows)


def sent(world: World, acks: list[Any], *, but_views: Iterable[str] = ()) -> str:
    """Everything that the bot sent to Slack: calls and what they were answered, acknowledgements, messages as they stand."""
    skipped = set(but_views)
    calls = [
        [call.method, dict(call.args), dict(call.answer) if call.method.startswith(("chat.", "views.")) else None]
        for call in world.slack.calls
        if call.method != "users.lookupByEmail" and _callback(call.args) not in skipped
    ]
    acted = [ack for ack in acks if _callback(ack or {}) not in skipped]
    messages = [vars(m) for place in world.slack.channels for m in world.slack.messages(place, MINJI)]
    return json.dumps([calls, acted, messages], ensure_ascii=False, default=str)


def _callback(args: Any) -> str:
    view = args.get("view", {})
    return str((json.loads(view) if isinstance(view, str) else view).get("callback_id", ""))


def place_order(world: World) -> PlacedOrder:
    """An order full of personal data."""
    order = world.tmon.new_order(SHOP.partner_id, deals=1)
    order.buyer, order.address = BUYER, ADDRESS
    order.receiver_name, order.receiver_phone = RECEIVER, RECEIVERS_PHONE
    order.delivery_memo, order.additional_message = MEMO, MESSAGE
    order.deals[0].customs_id = CUSTOMS_ID
    order.deals[0].options[0].additional_message = OPTION_MESSAGE
    return order


async def test_secrets_and_personal_data_stay_where_they_belong(world: World, heard: Heard) -> None:
    world.tmon.vendors[OWN.client_id] = OWN
    acks: list[Any] = []
    await _set_up(world, acks)
    confirmed, held, cancelled, left = (place_order(world) for _ in range(4))
    for mode in ("truncated", "empty", "error_500_json", "html_502"):
        await _collect(world, mode)
    await _collect(world)
    (store,) = await stores(world)
    rows = await world.orders()
    assert len(rows) == 4
    buyer = world.bot.services.core.sealer.open(rows[0].buyer or "", Place.of(rows[0], "buyer"))
    assert (buyer["receiver_name"], buyer["delivery_memo"]) == (RECEIVER, MEMO)  # it did come through

    # confirmed after a changed address; held with a reason that says too much; cancelled with one
    world.tmon.change_address(confirmed.order_no)
    confirmed.address = MOVED_TO
    for _ in range(2):
        await press(world, MINJI, await card_of(world, store.id, confirmed))
    assert (await world.order(store, confirmed.order_no)).state is OrderState.CONFIRMED
    await press(world, MINJI, await card_of(world, store.id, held), OrderAction.HOLD)
    assert world.modal(MINJI).callback_id == OrderView.HOLD
    acks.append((await submit(world, MINJI, {"reason": "010-0777-1212 로 확인 중"})).ack)
    claim = buyer_cancels(world.tmon, cancelled.order_no)
    assert claim is not None
    claim.reasons = dict.fromkeys(claim.lines, ("RCD8", REASON))
    await press(world, MINJI, await card_of(world, store.id, cancelled))
    world.tmon.faults.mode = "truncated"
    await press(world, MINJI, await card_of(world, store.id, left))
    world.tmon.faults.clear()
    await world.sweep()
    for user, word in ((MINJI, "orders"), (MINJI, "stores"), (MINJI, "status"), (DANIEL, "orders"), (MINJI, "setup")):
        await world.command(user, word)
    await _an_incident(world, acks)

    await _nothing_is_found(world, heard, acks)
    await _errors(world, store, left)
    assert "Traceback" in "".join(heard.unredacted.given)
    await _nothing_is_found(world, heard, acks)
    await _remove(world, acks)
    await _nothing_is_found(world, heard, acks)


async def _set_up(world: World, acks: list[Any]) -> None:
    """A store with vendor credentials of its own, whose key is wrong first."""
    vendor = {
        "vendor_code": OWN.vendor_id,
        "access_key": OWN.client_id,
        "secret_key": OWN.client_secret,
        "personal_data_key": OWN.personal_data_key,
    }
    await world.command(MINJI, "setup")
    await click(world, MINJI, SetupAction.MORE)
    for wrong in (f"{WRONG_KEY} 한글", WRONG_KEY):
        acted = await submit(world, MINJI, api(api_key=wrong, **vendor))
        assert set(acted.errors) == {"api_key"}
        acks.append(acted.ack)
    for step in ({"api_key": SHOP.token}, {**CONTACT, "contact_user": ""}, {"channel": ORDERS}):
        acted = await submit(world, MINJI, step)
        assert acted.errors == {}
        acks.append(acted.ack)
    assert "승인 완료" in text_of(world.modal(MINJI))
    await click(world, MINJI, SetupAction.EDIT)
    acks += [(await submit(world, MINJI, step)).ack for step in ({"api_key": SHOP.token}, {}, {})]
    assert "승인 완료" in text_of(world.modal(MINJI))


async def _collect(world: World, mode: Mode | None = None) -> None:
    world.tmon.faults.mode = mode
    await world.command(MINJI, "collect orders")
    world.tmon.faults.clear()


async def _an_incident(world: World, acks: list[Any]) -> None:
    """The contact hears of a refused key; somebody looks at the mobile number, which is written down."""
    world.slack.people[MINJI].email = CONTACT["contact_email"]  # found by e-mail
    before = len(world.mail.messages)
    world.tmon.revoke_key(SHOP.partner_id)
    await _collect(world)
    (mail,) = world.mail.messages[before:]
    assert mail.recipients == (CONTACT["contact_email"],)
    alarm = next(m for m in world.posts(ORDERS) if IncidentAction.MORE in buttons(m.blocks))
    menu = next(e for b in alarm.blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "overflow")
    acted = await world.slack.click(
        MINJI,
        channel=alarm.channel,
        ts=alarm.ts,
        action_id=IncidentAction.MORE,
        value=next(option["value"] for option in menu["options"] if "휴대폰" in option["text"]["text"]),
    )
    await world.settle()
    acks.append(acted.ack)
    acks.append((await world.slack.submit(MINJI, world.modal(MINJI).id, {})).ack)
    await world.settle()
    assert CONTACT["contact_mobile"] in text_of(world.modal(MINJI))
    async with world.db.read() as session:
        looks = list(await session.scalars(select(Audit).where(col(Audit.action) == "incident.see_mobile")))
    (store,) = await stores(world)
    assert [(look.user_id, look.store_id, look.at) for look in looks] == [(MINJI, store.id, looks[0].at)]
    world.tmon.restore_key(SHOP.partner_id)
    await press(world, MINJI, alarm, IncidentAction.RETRY)
    assert len(world.mail.messages) == before + 2


async def _errors(world: World, store: Store, order: PlacedOrder) -> None:
    """What nobody foresaw, with personal data at hand: an answer without a field, a database without a table."""
    strange = place_order(world)
    strange.deals[0].delivery_no = None  # type: ignore[assignment]
    await _collect(world)
    strange.deals[0].delivery_no = "1"
    await world.command(MINJI, f"setup {SHOP.name}")
    for step in ({"api_key": SHOP.token}, CONTACT):
        assert (await submit(world, MINJI, step)).errors == {}
    await _rename(world, "audit", "lost")
    await submit(world, MINJI, {})
    await press(world, MINJI, await card_of(world, store.id, order), OrderAction.HOLD)
    await submit(world, MINJI, {"reason": REASON})
    await _rename(world, "lost", "audit")


async def _rename(world: World, table: str, name: str) -> None:
    async with world.db.write() as session:
        await session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


async def _remove(world: World, acks: list[Any]) -> None:
    await world.command(MINJI, "stores")
    await action(world, MINJI, SettingsAction.OPEN)
    await choose(world, MINJI, "삭제")
    acks.append((await submit(world, MINJI, {"typed_name": SHOP.name})).ack)
    (store,) = await stores(world)
    assert store.removed_at is not None


async def _nothing_is_found(world: World, heard: Heard, acks: list[Any]) -> None:
    settings = world.settings
    ours = (
        world.slack.bot_token,
        world.slack.app_token,
        settings.tmon_client_secret.get_secret_value(),
        settings.tmon_personal_data_key.get_secret_value(),
        *(key.get_secret_value() for key in settings.encryption_keys),
    )
    secrets = (*ours, *STORES_SECRETS)
    everything = (*secrets, *CONTACTS_DATA, *BUYERS_DATA)
    assert len(heard.lines.getvalue().splitlines()) >= 5
    assert found(everything, heard.lines.getvalue()) == []
    assert found(everything, "\n".join(heard.unredacted.given)) == []
    assert found(everything, await stored(world)) == []
    # what is looked through does hold what may be there
    expected = [SHOP.name, mask_name(RECEIVER), *CONTACTS_DATA]
    assert found(expected, sent(world, acks)) == expected
    assert found([SHOP.name], await stored(world)) != []
    assert found((*secrets, *BUYERS_DATA), sent(world, acks)) == []
    assert found(CONTACTS_DATA, sent(world, acks, but_views=CONTACTS_VIEWS)) == []
    mails = "\n".join(f"{mail.subject}\n{mail.text}\n{mail.html}" for mail in world.mail.messages)
    assert found(everything, mails) == []
    addresses = "\n".join(f"{call.path} {call.query}" for call in world.tmon.calls)
    assert found(everything, addresses) == []
