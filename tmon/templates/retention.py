"""What goes with a store: the copies of its address book, whose contacts are people, and of its templates."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.templates import AddressChange, DeliveryTemplate, PartnerAddress, TemplateImports


async def delete_templates(session: AsyncSession, team_id: str, store_id: str) -> None:
    """Forgets addresses and templates of a store; at TMON they stay."""
    for table in (AddressChange, DeliveryTemplate, PartnerAddress, TemplateImports):
        await session.execute(delete(table).where(col(table.team_id) == team_id, col(table.store_id) == store_id))
