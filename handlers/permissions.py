"""The people of the workspace, looked up at Slack and cached for minutes, and checks of their permissions."""

import asyncio
from typing import Any

from aiohttp import ClientError
from cachetools import TTLCache
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.texts import mention
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission, managers, operators

SLACK_ERRORS = (SlackClientError, ClientError, TimeoutError, OSError)
"""What a failed call to Slack raises: the SDK passes aiohttp's own errors through."""
_KEEP_SECONDS = 300
_PATIENCE_SECONDS = 1.5  # a trigger lives for 3 seconds, and a modal must open in the rest


class SlackUsers:
    """Cache of the workspace's people, from `users.info`."""

    def __init__(self, client: AsyncWebClient, team_id: str) -> None:
        self._client = client
        self._team_id = team_id
        self._people: TTLCache[str, Person] = TTLCache(maxsize=5000, ttl=_KEEP_SECONDS)

    async def person(self, user_id: str) -> Person:
        """Return the person with this id. Raises AppError if Slack does not answer in time."""
        if known := self._people.get(user_id):
            return known
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                answer = await self._client.users_info(user=user_id, include_locale=True)
        except SLACK_ERRORS:
            raise AppError("common.slack_slow") from None
        person = self._person(answer["user"])
        self._people[user_id] = person
        return person

    def _person(self, user: dict[str, Any]) -> Person:
        strange = user.get("is_bot") or user.get("deleted") or user.get("is_stranger")
        guest = user.get("is_restricted") or user.get("is_ultra_restricted")
        return Person(
            team_id=user.get("team_id", ""),
            user_id=user["id"],
            is_admin=bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")),
            is_full_member=not (strange or guest) and user.get("team_id") == self._team_id,
            locale=user.get("locale") or "ko-KR",
        )


def require_admin(person: Person) -> None:
    """Raise AppError unless `person` is an owner or admin of the workspace."""
    if not person.is_full_member or not person.is_admin:
        raise AppError("admin.only_admins")


def require_permission(person: Person, right: Permission, store: Store) -> None:
    """Raise AppError, which names the people who have it, unless `person` has `right` on `store`."""
    if has_permission(person, right, store):
        return
    if not person.is_full_member or right is Permission.VIEW:
        raise AppError("common.no_rights")
    if right is Permission.OPERATE:
        raise AppError("common.need_work", people=mention(*operators(store)))
    raise AppError("common.need_manage", people=mention(*managers(store)))
