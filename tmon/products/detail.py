"""All that is known of one deal, for its page: beside the deal itself its names, SKUs, waiting orders and open questions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.masking import mask_text
from tmon.models.calendar import Vacation
from tmon.models.codes import CategoryTree
from tmon.models.inquiries import Inquiry, InquiryText
from tmon.models.listings import DealDocument, ListedOption, ListedProduct, ProductState
from tmon.models.orders import OPEN_STATES, DealState, Order, OrderDeal, OrderState
from tmon.models.stock import OptionLink, Sku
from tmon.models.templates import DeliveryTemplate
from tmon.products.catalog import CatalogService, DealSummary
from tmon.scope import OfStore, same_key, scope
from tmon.sealing import CannotOpen, Place

FIRST = 3
"""Orders and questions that are named."""
_PICTURE_LENGTH = 3000
"""Characters that Slack takes of a picture's address."""


@dataclass(frozen=True)
class WaitingOrders:
    """Orders of a deal with something still to be done."""

    to_confirm: int = 0
    to_ship: int = 0
    numbers: Sequence[int] = ()
    """The first of them, those that are due first."""


@dataclass(frozen=True)
class OpenQuestion:
    """A question that is not answered."""

    asked_at: datetime
    text: str = field(repr=False)
    """Masked, on one line; empty if TMON did not deliver it."""


@dataclass(frozen=True)
class OpenQuestions:
    """The questions of a deal that are not answered."""

    count: int = 0
    first: Sequence[OpenQuestion] = ()


@dataclass(frozen=True)
class DealDetail:
    """One deal with all that its page shows, as last read."""

    summary: DealSummary
    picture: str = ""
    """Address of its first picture; empty if it has none that Slack would show."""
    category: str | None = None
    """`대 > 중 > 소`; None: not known."""
    template: str | None = None
    """Name of its delivery template; None: not known."""
    skus: Mapping[int, str] = field(default_factory=dict)
    """Codes of the SKUs that its options sell, by TMON's number of the option."""
    document: DealDocument | None = None
    """All that TMON last told; None: it was never read whole."""
    on_vacation: bool = False
    """A vacation of the store is under way: it resumes what it paused when it is over."""
    product: ListedProduct | None = None
    """None: it is not managed here."""
    numbers: Mapping[int, str] = field(default_factory=dict)
    """The seller's numbers of its options that are managed here, by TMON's."""
    waiting: WaitingOrders = field(default_factory=WaitingOrders)
    questions: OpenQuestions = field(default_factory=OpenQuestions)

    @property
    def is_managed(self) -> bool:
        """Whether it can be changed here: all its numbers are mapped."""
        return self.product is not None and self.product.state is ProductState.LISTED


class DealDetails:
    """Collects what is known of single deals. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._sealer = core.db, core.sealer
        self._catalog = CatalogService(core)

    async def of(self, team_id: str, store_id: str, deal_no: int) -> DealDetail:
        """Return a deal as last read. Raises AppError if it is not known."""
        summary = await self._catalog.summary(team_id, store_id, deal_no)
        store, deal = summary.store, summary.deal
        async with self._db.read() as session:
            document = await session.get(DealDocument, (team_id, store_id, deal_no))
            product = await session.scalar(
                select(ListedProduct).where(*scope(ListedProduct, store), col(ListedProduct.deal_no) == deal_no)
            )
            options: list[ListedOption] = []
            if product is not None:
                options = list(
                    await session.scalars(
                        select(ListedOption).where(
                            *scope(ListedOption, store), col(ListedOption.product_key) == product.number_key
                        )
                    )
                )
            category = None
            if deal.category_no is not None and (tree := await session.get(CategoryTree, team_id)) is not None:
                category = next((str(path) for no, path, _ in tree.leaves if no == deal.category_no), None)
            template = None
            if deal.template_no is not None:
                template = await session.scalar(
                    select(col(DeliveryTemplate.name)).where(
                        *scope(DeliveryTemplate, store), col(DeliveryTemplate.no) == deal.template_no
                    )
                )
            skus = {one.option_no: one.sku_code for one in options if one.option_no is not None and one.sku_code}
            return DealDetail(
                summary,
                picture="" if document is None else _picture(document),
                category=category,
                template=template,
                document=document,
                on_vacation=await _on_vacation(session, store),
                skus=skus | await _linked(session, store, deal_no),
                product=product,
                numbers={one.option_no: one.seller_no for one in options if one.option_no is not None},
                waiting=await _waiting(session, store, deal_no),
                questions=await self._questions(session, store, deal_no),
            )

    async def _questions(self, session: AsyncSession, store: OfStore, deal_no: int) -> OpenQuestions:
        here = (*scope(Inquiry, store), col(Inquiry.answered_at).is_(None), col(Inquiry.deal_no) == deal_no)
        count = await session.scalar(select(func.count()).select_from(Inquiry).where(*here)) or 0
        newest = select(Inquiry).where(*here).order_by(col(Inquiry.asked_at).desc(), col(Inquiry.number)).limit(FIRST)
        rows = list(await session.scalars(newest)) if count else []
        texts = await asyncio.to_thread(lambda: [self._text(row) for row in rows])
        return OpenQuestions(count, [OpenQuestion(row.asked_at, text) for row, text in zip(rows, texts, strict=True)])

    def _text(self, row: Inquiry) -> str:
        """Return what was asked; empty if it is not there any more, or cannot be opened."""
        if row.content is None:
            return ""
        try:
            text = self._sealer.open_as(InquiryText, row.content, Place.of(row, "content"))
        except CannotOpen:
            return ""
        return " ".join(mask_text(text.message or text.counselor).split())


def _picture(document: DealDocument) -> str:
    """Return the address of the first picture. Slack shows only those that begin with https://."""
    images = document.content.get("images") or [""]
    first = str(images[0])
    return first if first.startswith("https://") and len(first) <= _PICTURE_LENGTH else ""


async def _linked(session: AsyncSession, store: OfStore, deal_no: int) -> dict[int, str]:
    rows = await session.execute(
        select(col(OptionLink.option_no), col(Sku.code))
        .join(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
        .where(*scope(OptionLink, store), col(OptionLink.deal_no) == deal_no)
    )
    return dict(rows.all())


async def _on_vacation(session: AsyncSession, store: OfStore) -> bool:
    begun = select(col(Vacation.id)).where(
        *scope(Vacation, store), col(Vacation.started_at).is_not(None), col(Vacation.ended_at).is_(None)
    )
    return await session.scalar(begun.limit(1)) is not None


async def _waiting(session: AsyncSession, store: OfStore, deal_no: int) -> WaitingOrders:
    """Return the orders of a deal that are to be confirmed or shipped. Of these there are few: each is looked at."""
    rows = await session.execute(
        select(col(Order.order_no), col(Order.state))
        .join(OrderDeal, same_key(OrderDeal, Order) & (col(OrderDeal.order_no) == col(Order.order_no)))
        .where(
            *scope(Order, store),
            col(Order.state).in_((*OPEN_STATES, OrderState.CONFIRMED)),
            col(Order.shipped_at).is_(None),
            col(Order.closed_at).is_(None),
            col(OrderDeal.deal_no) == deal_no,
            col(OrderDeal.state) != DealState.CANCELLED,
            col(OrderDeal.shipped_at).is_(None),
        )
        .order_by(col(Order.state) == OrderState.CONFIRMED, col(Order.confirm_by), col(Order.order_no))
    )
    found = [(number, state) for number, state in rows]
    to_confirm = sum(state in OPEN_STATES for _, state in found)
    return WaitingOrders(to_confirm, len(found) - to_confirm, [number for number, _ in found[:FIRST]])
