"""Lists of products as a person uploads and sends them."""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.category_tree import TOP_CATEGORIES, CategoryNode, leaf_called
from bot.playground.tmon.deal_listings import Listing
from bot.services import Bot
from handlers.listings.ids import ListingAction, ListingView
from tests.flows.products.deals import shop
from tests.flows.waybills.shipping import files_of
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.codes.reader import CodeReader
from tmon.database import Database
from tmon.listings.fields import F
from tmon.listings.identity import wire_key
from tmon.listings.sheet.layouts import TAB_NAMES
from tmon.models.codes import CategoryTree
from tmon.models.listings import ListedProduct, ProductChange, ProductUpload
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate
from tmon.permissions import Person
from tmon.templates.address_book import AddressBookService
from tmon.templates.delivery import DeliveryTemplateService

CREATE, UPDATE, ADD = "deals.create", "deals.update", "deals.add_options"
WRITES = (CREATE, UPDATE, ADD, "deals.sales_period", "deals.display", "deals.pause", "deals.resume")


async def goods_shop(world: World, **over: Any) -> Store:
    """A store that may register: its addresses, templates, carriers and the categories are known."""
    store = await shop(world, **over)
    await know_choices(world.bot, world.db, store)
    world.tmon.calls.clear()
    return store


async def know_choices(bot: Bot, db: Database, store: Store) -> None:
    """Reads all that a product of a store can name."""
    person = Person(store.team_id, MINJI, is_admin=True)
    await bot.services[AddressBookService].import_all(person, store.id)
    await bot.services[DeliveryTemplateService].import_all(person, store.id)
    await bot.services[CodeReader]()
    leaves = [leaf for top in TOP_CATEGORIES for leaf in _leaves(top, top.no)]
    tops = [[top.no, top.name] for top in TOP_CATEGORIES]
    now = bot.services.clock()
    async with db.write() as session:
        await session.merge(CategoryTree(team_id=store.team_id, leaves=leaves, tops=tops, read_at=now, due_at=now))


def _leaves(node: CategoryNode, top: int, path: str = "") -> Iterable[list[Any]]:
    here = f"{path} > {node.name}" if path else node.name
    if not node.children:
        yield [node.no, here, top]
    for child in node.children:
        yield from _leaves(child, top, here)


async def template_of(db: Database, store: Store, kind: str = "DP07") -> DeliveryTemplate:
    """An imported template for goods of a type."""
    async with db.read() as session:
        rows = await session.scalars(
            select(DeliveryTemplate)
            .where(col(DeliveryTemplate.store_id) == store.id, col(DeliveryTemplate.no).is_not(None))
            .order_by(col(DeliveryTemplate.no))
        )
        return next(row for row in rows if (row.policy or {})["product_type"] == kind)


async def product(world: World, store: Store, number: object, **over: object) -> dict[str, object]:
    """A row of a product that can be registered; `over` by the names of columns, None leaves a cell empty."""
    usual: dict[str, object] = {
        F.CATEGORY: str(leaf_called("양말")),
        F.TEMPLATE: str((await template_of(world.db, store)).no),
        F.CARRIER: "10001",
    }
    return sheets.deal(number, **{**usual, **over})


def options(number: object, *names: str, **over: object) -> list[dict[str, object]]:
    """Rows of options of a product, one for each name, which is its size and the end of its number."""
    return [sheets.option(number, f"{number}-{name}", **{"sections_2": name, **over}) for name in names or ("M", "L")]


async def file_of(world: World, store: Store, *numbers: str) -> bytes:
    """A file of new products with two options each."""
    deals = [await product(world, store, number) for number in numbers]
    return sheets.book(deals, [one for number in numbers for one in options(number)])


async def open_form(world: World, user: str = MINJI) -> View:
    """상품 파일 올리기."""
    await world.command(user, "products")
    await world.slack.click(user, view_id=world.modal(user).id, action_id=ListingAction.UPLOAD)
    await world.settle()
    return world.modal(user)


async def upload(world: World, content: bytes, user: str = MINJI, name: str = "상품.xlsx") -> View:
    """상품 파일 올리기 and 미리보기; the view that is then in front."""
    form = await open_form(world, user)
    assert form.callback_id == ListingView.UPLOAD, shown(form)
    await choose_file(world, content, user, name)
    return world.modal(user)


async def choose_file(world: World, content: bytes, user: str = MINJI, name: str = "상품.xlsx") -> InteractionResult:
    """미리보기 of a form that is open."""
    form = world.modal(user)
    file = world.slack.upload(user, form.id, "file", name, content)
    acted = await world.slack.submit(user, form.id, {"file": [file.id]})
    await world.settle()
    return acted


async def send(world: World, user: str = MINJI, **values: Any) -> View:
    """등록하기, and the view that is then in front."""
    view = world.modal(user)
    assert view.callback_id == ListingView.PREVIEW, shown(view)
    acted = await world.slack.submit(user, view.id, values)
    assert acted.ok, acted.errors
    await world.settle()
    return world.modal(user)


async def press(world: World, action_id: str, user: str = MINJI, value: Any = None) -> View:
    """Presses something in the view in front."""
    view = world.modal(user)
    assert (await world.slack.click(user, view_id=view.id, action_id=action_id, value=value)).ok
    await world.settle()
    return world.modal(user)


async def register(world: World, store: Store, *numbers: str) -> View:
    """Registers products with two options each; the result."""
    await upload(world, await file_of(world, store, *numbers))
    view = await send(world)
    for number in numbers:
        assert listing(world, store, number) is not None, shown(view)
    await world.slack.close(MINJI, view.id)
    await close_all(world)
    return view


async def close_all(world: World, user: str = MINJI) -> None:
    while views := world.slack.open_modal(user):
        await world.slack.close(user, views[-1].id)


def listing(world: World, store: Store, number: str) -> Listing | None:
    """What TMON has under a number of the seller's."""
    key = wire_key(store.id, number)
    return next((deal for deal in world.tmon.deals.values() if deal.vendor_deal_no == key and not deal.deleted), None)


def listed(world: World, store: Store, number: str) -> Listing:
    """What TMON surely has under a number."""
    found = listing(world, store, number)
    assert found is not None, number
    return found


def prices(deal: Listing) -> dict[str, int]:
    """The price of each option, by the end of its number."""
    return {str(one.vendor_option_no).rpartition("-")[2]: one.price for one in deal.options.values()}


def writes(world: World) -> list[str]:
    """The writes that TMON has got, in order."""
    return [call.name for call in world.tmon.calls if call.name in WRITES]


def shown(view: View) -> str:
    """Everything in a view, as JSON."""
    return json.dumps(view.blocks, ensure_ascii=False)


def problem_rows(world: World, user: str = MINJI) -> dict[str, list[dict[str, Any]]]:
    """The rows of the last file of 문제 행 받기, by tab."""
    book = load_workbook(io.BytesIO(files_of(world, user)[-1].content))
    tabs = {}
    for name in TAB_NAMES.values():
        header, *rows = [[cell.value for cell in row] for row in book[name].rows]
        tabs[name] = [dict(zip(header, row, strict=True)) for row in rows]
    return tabs


async def kept_uploads(world: World) -> list[ProductUpload]:
    """The lists that are kept."""
    async with world.db.read() as session:
        return list(await session.scalars(select(ProductUpload).order_by(col(ProductUpload.created_at))))


async def changes(world: World) -> list[ProductChange]:
    """The changes, in the order of their acceptance."""
    async with world.db.read() as session:
        return list(await session.scalars(select(ProductChange).order_by(col(ProductChange.seq))))


async def products(world: World) -> Mapping[str, ListedProduct]:
    """The managed products by key."""
    async with world.db.read() as session:
        return {row.number_key: row for row in await session.scalars(select(ListedProduct))}
