"""What is known of a store's delivery templates, and which of them are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import NewTemplate
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate, WriteState
from tmon.scope import scope
from tmon.templates.policy import policy_key


@dataclass(frozen=True)
class TemplateList:
    """A store's delivery templates, and how far they were imported."""

    templates: Sequence[DeliveryTemplate]
    """Those at TMON, newest first."""
    unconfirmed: Sequence[DeliveryTemplate]
    """Those of which nobody knows yet whether they are at TMON."""
    imported_at: datetime | None
    list_not_offered: bool
    """TMON does not list templates: they are entered by number, and those that nobody entered are not known here."""


class DuplicateTemplate(Exception):
    """A template of the same policy is at TMON already: it is offered instead."""

    def __init__(self, template: DeliveryTemplate) -> None:
        super().__init__("already there")
        self.template = template


def policy_of(row: DeliveryTemplate) -> NewTemplate | None:
    """The policy of a template; None where TMON does not tell it."""
    return None if row.policy is None else NewTemplate.model_validate(row.policy)


def kept_policy(template: NewTemplate) -> dict[str, object]:
    """The policy of a template as its row keeps it."""
    return template.model_dump(mode="json", include=set(NewTemplate.model_fields), exclude_none=True)


def of_store(row: DeliveryTemplate | None, store_id: str) -> DeliveryTemplate:
    """`row`, if it is of that store. Raises AppError."""
    if row is None or row.store_id != store_id:
        raise AppError("templates.template_gone")
    return row


def registered_after(row: DeliveryTemplate, twin: DeliveryTemplate) -> bool:
    """Whether `row` is what another import made of the registration `twin` before that could be recognised."""
    return row.pending_by is None and twin.pending_since is not None and row.known_since >= twin.pending_since


async def by_number(session: AsyncSession, store: Store, no: int) -> DeliveryTemplate | None:
    """The template of the store that has TMON's number `no`."""
    found: DeliveryTemplate | None = await session.scalar(
        select(DeliveryTemplate).where(
            *scope(DeliveryTemplate, store),
            col(DeliveryTemplate.no) == no,
        )
    )
    return found


async def reject_duplicate(session: AsyncSession, team_id: str, store_id: str, template: NewTemplate) -> None:
    """Raises AlreadyThere when the policy is known, AppError while it is being asked about."""
    rows = await session.scalars(
        select(DeliveryTemplate).where(
            col(DeliveryTemplate.team_id) == team_id,
            col(DeliveryTemplate.store_id) == store_id,
            col(DeliveryTemplate.policy_key) == policy_key(template),
            col(DeliveryTemplate.state) != WriteState.FAILED,
        )
    )
    for row in rows:
        if row.state is WriteState.DONE:
            session.expunge(row)  # it outlives the transaction that the exception ends
            raise DuplicateTemplate(row)
        raise AppError("templates.same_being_registered")
