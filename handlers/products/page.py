"""The page of one product: as last read at once, then read from TMON."""

from collections.abc import Callable, Sequence

from handlers.blocks import Block
from handlers.common_views.switches import switch_off_notice
from handlers.payloads import decode
from handlers.products import page_views
from handlers.products.ids import DealRef
from handlers.products.page_views import PageFacts
from handlers.request import SlackRequest, error_text
from tmon.api import TmonError
from tmon.errors import AppError
from tmon.listings.changes import ListingChanges
from tmon.models.stores import ApiGroup
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService
from tmon.products.detail import DealDetail, DealDetails
from tmon.stores.switches import SwitchOff, require_on


async def open_deal(request: SlackRequest) -> None:
    """Handle 자세히 and 상품 보기: open the page of a deal."""
    await open_page(request, decode(DealRef, request.value))


async def open_page(request: SlackRequest, ref: DealRef) -> None:
    """Show a deal as last read at once, then read it from TMON and draw it again.

    The picture comes with the second drawing: Slack fetches it first, and the ticket for opening lives for 3 seconds.
    """
    facts = await load(request, ref)
    view_id = await request.push(page_views.page(request.t, facts, ref, request.t("products.reading"), picture=False))
    await read_and_draw(request, view_id, ref)


async def read_and_draw(request: SlackRequest, view_id: str, ref: DealRef) -> None:
    """Read a deal from TMON, and draw its page anew in the modal `view_id`; without its picture if Slack refuses that."""
    note, offer = "", list[Block]()
    try:
        await request.services[CatalogService].refresh(request.team_id, ref.store, ref.deal)
    except SwitchOff as error:
        note, offer = request.t("products.not_asked"), switch_off_notice(request.t, request.person, error)
    except (AppError, TmonError) as error:
        note = request.t("products.not_read", why=error_text(request.t, error))
    facts = await load(request, ref)
    await show_with_picture(request, view_id, drawing(request, facts, ref, note, offer))


async def turn_options(request: SlackRequest) -> None:
    """Turn to another page of a deal's options, as read when the deal was opened."""
    ref = decode(DealRef, request.value)
    await show_with_picture(request, str(request.view["id"]), drawing(request, await load(request, ref), ref))


async def load(request: SlackRequest, ref: DealRef) -> PageFacts:
    """Return what the page of a deal shows. Raises AppError if it is not known, or the person may not see it."""
    await request.store(ref.store, Permission.VIEW)
    detail = await request.services[DealDetails].of(request.team_id, ref.store, ref.deal)
    changes = await request.services[ListingChanges].last_of(request.team_id, ref.store, ref.deal)
    return PageFacts(detail, changes)


async def managed_product(request: SlackRequest, store_id: str, deal_no: int) -> DealDetail:
    """Return a product that the person may change. Raises AppError: the right, the switch, it is not managed here."""
    require_on(await request.store(store_id, Permission.PRODUCTS), ApiGroup.PRODUCT)
    facts = await request.services[DealDetails].of(request.team_id, store_id, deal_no)
    if not facts.is_managed:
        raise AppError("products.not_managed_here")
    return facts


async def back(request: SlackRequest) -> None:
    """Handle 이전 of a form: show the product's page in its place."""
    await turn_options(request)


def drawing(
    request: SlackRequest, facts: PageFacts, ref: DealRef, note: str = "", offer: Sequence[Block] = ()
) -> Callable[[bool], Block]:
    """Return what draws the page, with its picture or without."""
    return lambda picture: page_views.page(request.t, facts, ref, note, offer, picture=picture)


async def show_with_picture(request: SlackRequest, view_id: str, draw: Callable[[bool], Block]) -> None:
    """Show a view in the modal `view_id`; once more without its picture if Slack refuses it."""
    whole, plain = draw(True), draw(False)
    if not await request.replace(view_id, whole) and whole != plain:
        await request.replace(view_id, plain)
