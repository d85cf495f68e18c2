"""What a store needs before everything works: key, approval, address book, delivery templates, the first order."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import Order
from tmon.models.stores import ApiGroup, PendingReason, Store, StoreState
from tmon.models.templates import DeliveryTemplate, PartnerAddress, TemplateImports, WriteState


class Milestone(StrEnum):
    """The steps, in their order. Part of text keys: only added to."""

    KEY = "key"
    APPROVAL = "approval"
    ADDRESSES = "addresses"
    TEMPLATES = "templates"
    FIRST_ORDER = "first_order"


@dataclass(frozen=True)
class Checklist:
    """The steps of a store that concern it, and which of them are done."""

    store: Store
    steps: Mapping[Milestone, bool]

    @property
    def next(self) -> Milestone | None:
        """The first step that is not done; None: the store is complete."""
        return next((step for step, done in self.steps.items() if not done), None)

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(self.steps.values())


async def checklists(session: AsyncSession, team_id: str, store_id: str | None = None) -> list[Checklist]:
    """Return the checklist of each store by name, or of one, with one query.

    What a switch turns off is not asked for: templates belong to the product API, orders to the order API.
    """
    query = (
        select(
            Store,
            TemplateImports,
            _has(PartnerAddress),
            _has(DeliveryTemplate, col(DeliveryTemplate.state) == WriteState.DONE),
            _has(Order),
        )
        .outerjoin(
            TemplateImports,
            (col(TemplateImports.team_id) == col(Store.team_id)) & (col(TemplateImports.store_id) == col(Store.id)),
        )
        .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
        .order_by(col(Store.name_key))
    )
    if store_id is not None:
        query = query.where(col(Store.id) == store_id)
    return [
        Checklist(store, _steps(store, imports, has_address=address, has_template=template, has_order=order))
        for store, imports, address, template, order in await session.execute(query)
    ]


def _has(table: type, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = (col(table.team_id) == col(Store.team_id), col(table.store_id) == col(Store.id))  # type: ignore[attr-defined]
    return exists().where(*mine, *where).correlate(Store)


def _steps(
    store: Store, imports: TemplateImports | None, *, has_address: bool, has_template: bool, has_order: bool
) -> dict[Milestone, bool]:
    refused = store.state is StoreState.KEY_REJECTED or store.pending_reason is PendingReason.KEY_REFUSED
    approved = store.state is StoreState.APPROVED
    steps = {Milestone.KEY: approved or not refused, Milestone.APPROVAL: approved}
    if store.group_on(ApiGroup.PRODUCT):
        read = imports is not None and imports.addresses_at is not None
        # where TMON lists no addresses, one that was looked up by its name is enough
        by_name = imports is not None and imports.addresses_not_offered_at is not None and has_address
        steps[Milestone.ADDRESSES] = read or by_name
        steps[Milestone.TEMPLATES] = has_template or (imports is not None and imports.templates_at is not None)
    if store.group_on(ApiGroup.ORDER):
        steps[Milestone.FIRST_ORDER] = has_order
    return steps
