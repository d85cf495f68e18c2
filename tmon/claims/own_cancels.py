"""Recognising the claims that our own immediate cancels (품절 취소) created at TMON."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from tmon import api
from tmon.models.stores import Store


async def own_cancels(session: AsyncSession, store: Store, items: Sequence[api.Claim]) -> dict[int, str]:
    """Return who made those of `items` that are immediate cancels of ours, by claim number."""
    return {}
