"""Orders that wait to be shipped, and the views and files about them."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import msoffcrypto
from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]

from bot.playground.slack.model import File, View
from bot.playground.tmon import PlacedOrder
from handlers.waybills.ids import BulkAction, BulkView
from tests.flows.world import Scene, World
from tmon.codes.reader import CodeReader
from tmon.models.stores import Store


async def to_ship(
    world: World, count: int, *, store: Store | None = None, deals: int = 1
) -> tuple[Store, list[PlacedOrder]]:
    """A store with so many confirmed orders, which are collected."""
    store = store or await world.add_store()
    orders = [world.tmon.new_order(store.seller_id, deals=deals) for _ in range(count)]
    for order in orders:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    return store, orders


async def open_waiting(world: World, user: str, rest: str = "") -> View:
    """`/tmon waybills`."""
    assert (await world.command(user, f"waybills {rest}".strip())).ok
    return world.modal(user)


async def open_file_form(world: World, user: str) -> View:
    """배송용 파일 받기."""
    view = await open_waiting(world, user)
    await world.slack.click(user, view_id=view.id, action_id=BulkAction.SHIPPING_FILE)
    await world.settle()
    form = world.modal(user)
    assert form.callback_id == BulkView.SHIPPING_FILE
    return form


async def make_file(world: World, user: str, reason: str = "오전 출고분 택배 접수", store: Store | None = None) -> View:
    """파일 만들기, and what follows; the view that is then in front."""
    form = await open_file_form(world, user)
    values = {"reason": reason, **({} if store is None else {"store": store.id})}
    assert (await world.slack.submit(user, form.id, values)).ok
    await world.settle()
    return world.modal(user)


def files_of(scene: Scene, user: str) -> list[File]:
    """The files in somebody's direct messages."""
    direct = scene.slack.conversations.direct(scene.slack.people[user])
    return [file for message in scene.slack.messages(direct.id, user) for file in message.files if not file.deleted]


def left_at_slack(scene: Scene) -> list[File]:
    """Every file of the bot's that is still at Slack, wherever it is."""
    return [file for file in scene.slack.files.values() if file.user == scene.slack.bot_user_id and not file.deleted]


def told(scene: Scene, user: str) -> list[str]:
    """What the bot has said in somebody's direct messages."""
    direct = scene.slack.conversations.direct(scene.slack.people[user])
    return [message.text for message in scene.slack.messages(direct.id, user) if message.text]


def shown(view: View) -> str:
    """Everything in a view, as JSON."""
    return json.dumps(view.blocks, ensure_ascii=False)


def password_in(view: View) -> str:
    """The password that a view shows."""
    assert view.callback_id == BulkView.PASSWORD
    return next(str(block["text"]["text"]) for block in view.blocks if "`" in str(block)).split("`")[1]


def opened(content: bytes, password: str) -> list[list[Any]]:
    """The cells of a file with a password."""
    plain = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(content))
    file.load_key(password=password, verify_password=True)
    file.decrypt(plain, verify_integrity=True)
    return cells(plain.getvalue())


def cells(content: bytes) -> list[list[Any]]:
    """The cells of the first sheet of a file."""
    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).worksheets[0].rows]


TITLES = ("주문번호", "배송번호", "딜번호", "상품명", "옵션", "수량", "택배사", "송장번호", "배송예정일")


async def read_codes(world: World) -> None:
    """The daily reading of codes, so that carriers have names."""
    await world.bot.services[CodeReader]()


def filled(
    orders: list[PlacedOrder],
    store: Store,
    *,
    carrier: str = "CJ대한통운",
    first: int = 600100200300,
    change: Callable[[list[list[Any]]], object] | None = None,
) -> list[list[Any]]:
    """Rows of the form with a waybill each; `change` may spoil them."""
    rows: list[list[Any]] = []
    for order in orders:
        for deal in order.deals_of(store.seller_id):
            cells = [str(order.order_no), deal.delivery_no, str(deal.deal_no), deal.title, "", "1"]
            rows.append([*cells, carrier, str(first + 11 * len(rows)), ""])
    if change is not None:
        change(rows)
    return rows


def sheet(rows: list[list[Any]], titles: Sequence[str] = TITLES) -> bytes:
    """A workbook with these rows below the header."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(list(titles))
    for row in rows:
        page.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


async def upload(world: World, user: str, content: bytes, name: str = "송장.xlsx") -> View:
    """송장 파일 올리기 and 미리보기; the view that is then in front."""
    view = await open_waiting(world, user)
    await world.slack.click(user, view_id=view.id, action_id=BulkAction.UPLOAD)
    await world.settle()
    form = world.modal(user)
    assert form.callback_id == BulkView.UPLOAD
    file = world.slack.upload(user, form.id, "file", name, content)
    await world.slack.submit(user, form.id, {"file": [file.id]})
    await world.settle()
    return world.modal(user)


async def send(world: World, user: str, **values: Any) -> View:
    """송장 등록하기, and the view that is then in front."""
    view = world.modal(user)
    assert view.callback_id == BulkView.PREVIEW
    await world.slack.submit(user, view.id, values)
    await world.settle()
    return world.modal(user)


async def press(world: World, user: str, action_id: str) -> View:
    """Presses a button of the view in front."""
    view = world.modal(user)
    assert (await world.slack.click(user, view_id=view.id, action_id=action_id)).ok
    await world.settle()
    return world.modal(user)
