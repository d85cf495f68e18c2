"""The people of the workspace, looked up at Slack and cached for minutes, and checks of their permissions."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiohttp import ClientError
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.slack_codes import Remedy, code_of, refuses_the_bot, remedy
from handlers.slack_workspaces import SlackWorkspaces
from handlers.texts import mention
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, cs_people, has_permission, managers, operators
from tmon.stores.fields import InvalidFields

log = structlog.get_logger(__name__)

SLACK_ERRORS = (SlackClientError, ClientError, TimeoutError, OSError)
"""What a failed call to Slack raises: the SDK passes aiohttp's own errors through."""
_KEEP_SECONDS = 300
_KEEP_ADMINS_SECONDS = 600
_PAGE, _PAGES = 200, 25
"""Size and largest number of pages of `users.list` that are read to find the admins."""
_Key = tuple[str, str]
"""A workspace, and a person or an address in it."""
_ABSENT = ("user_not_found", "user_not_visible", "users_not_found")


class PermissionDenied(AppError):
    """Somebody lacks a right on a store. The router offers to ask for it."""

    def __init__(self, key: str, right: Permission, store: Store, **values: Any) -> None:
        super().__init__(key, **values)
        self.right = right
        self.store_id = store.id


class SlackUsers:
    """Cache of the people of the workspaces, from `users.info`."""

    patience_seconds = 1.5  # a trigger lives for 3 seconds, and a modal must open in the rest
    recheck_seconds = 1.0
    """Time to ask for somebody's rights anew, before something is changed."""

    def __init__(self, workspaces: SlackWorkspaces) -> None:
        self._workspaces = workspaces
        self._people: TTLCache[_Key, tuple[Person, float]] = TTLCache(maxsize=20_000, ttl=_KEEP_SECONDS)
        self._by_email: TTLCache[_Key, asyncio.Future[str | None]] = TTLCache(maxsize=5000, ttl=_KEEP_SECONDS)
        self._admins: TTLCache[str, tuple[str, ...]] = TTLCache(maxsize=5000, ttl=_KEEP_ADMINS_SECONDS)

    async def person(self, team_id: str, user_id: str) -> Person:
        """Return the person with this id in a workspace, who may be known from some minutes ago.

        Raises AppError if Slack does not say who it is, with a sentence of its own for each reason.
        """
        if known := self._people.get((team_id, user_id)):
            return known[0]
        return await self._ask(team_id, user_id, self.patience_seconds, "common.slack_slow")

    async def rights(self, team_id: str, user_id: str, *, since: float) -> Person:
        """Return the person as Slack knows them now, or at most as asked since `since` (monotonic): before a change.

        Raises AppError if Slack does not say so within a second.
        """
        known = self._people.get((team_id, user_id))
        if known is not None and known[1] >= since:
            return known[0]
        return await self._ask(team_id, user_id, self.recheck_seconds, "common.rights_unknown")

    async def can_read(self, team_id: str, user_id: str) -> bool:
        """Return whether a direct message would be read: Slack takes messages to people who left, and says nothing.

        True if Slack does not tell: the attempt to post shows the reason then.
        """
        try:
            return (await self._ask(team_id, user_id, self.patience_seconds, "common.slack_slow")).is_full_member
        except AppError as error:
            return error.key != "common.person_unknown"

    async def by_email(self, team_id: str, address: str, *, anew: bool = False) -> str | None:
        """Return the id of the full member of a workspace with this mail address, or None. Raises one of SLACK_ERRORS.

        `anew`: what is known from some minutes ago does not count.
        """
        key = team_id, address.casefold()
        if anew:
            self._by_email.pop(key, None)
        if (known := self._by_email.get(key)) is None:
            known = self._by_email[key] = asyncio.ensure_future(self._look_up(team_id, address))
        try:
            return await asyncio.shield(known)
        except BaseException:
            if known.done():  # a failure is not remembered
                self._by_email.pop(key, None)
            raise

    async def _look_up(self, team_id: str, address: str) -> str | None:
        client = (await self._workspaces.of(team_id)).client
        try:
            async with asyncio.timeout(self.patience_seconds):
                answer = await client.users_lookupByEmail(email=address)
        except SlackApiError as error:
            if remedy(code := code_of(error)) is Remedy.WAIT and code != "missing_scope":
                raise
            return None
        person = _person(team_id, answer["user"])
        return person.user_id if person.is_full_member else None

    async def admins(self, team_id: str) -> tuple[str, ...]:
        """Return the owners and admins of a workspace, the primary owner first. Raises one of SLACK_ERRORS."""
        if (known := self._admins.get(team_id)) is not None:
            return known
        client = (await self._workspaces.of(team_id)).client
        found: list[tuple[int, str]] = []
        cursor = ""
        for _ in range(_PAGES):
            answer = await client.users_list(limit=_PAGE, cursor=cursor)
            for user in answer["members"]:
                person = _person(team_id, user)
                if person.is_full_member and person.is_admin:
                    rank = 0 if user.get("is_primary_owner") else 1 if user.get("is_owner") else 2
                    found.append((rank, person.user_id))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        admins = self._admins[team_id] = tuple(user_id for _, user_id in sorted(found))
        return admins

    async def require_members(self, team_id: str, fields: Mapping[str, Sequence[str]]) -> None:
        """Raise InvalidFields for every field with somebody who is no active full member of a workspace.

        Slack's people selects cannot leave out guests, people of other workspaces, bots and those who left.
        """
        user_ids = list(dict.fromkeys(user for chosen in fields.values() for user in chosen))
        asked = (self._membership(team_id, user_id) for user_id in user_ids)
        answers = dict(zip(user_ids, await asyncio.gather(*asked), strict=True))
        errors: dict[str, AppError] = {}
        for field, chosen in fields.items():
            if strange := [user for user in chosen if answers[user] is False]:
                errors[field] = AppError("common.not_members", field=field, people=await self.names(team_id, strange))
            elif any(answers[user] is None for user in chosen):
                errors[field] = AppError("common.members_unknown", field=field)
        if errors:
            raise InvalidFields(errors)

    async def _membership(self, team_id: str, user_id: str) -> bool | None:
        """Return whether somebody is an active full member; None if Slack does not tell in time."""
        try:
            return (await self.person(team_id, user_id)).is_full_member
        except AppError as error:
            return False if error.key == "common.person_unknown" else None

    async def names(self, team_id: str, user_ids: Sequence[str]) -> str:
        """Return the display names of people, for texts in which Slack draws no mentions; unknown ones by their id."""
        people = await asyncio.gather(*(self.person(team_id, one) for one in user_ids), return_exceptions=True)
        return ", ".join(
            (one.name or user_id) if isinstance(one, Person) else user_id
            for user_id, one in zip(user_ids, people, strict=True)
        )

    async def _ask(self, team_id: str, user_id: str, seconds: float, slow: str) -> Person:
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                client = (await self._workspaces.of(team_id)).client
                answer = await client.users_info(user=user_id, include_locale=True)
        except SlackApiError as error:
            code = code_of(error)
            log.warning("Slack does not say who somebody is", error=code, user=user_id)
            if code in _ABSENT:
                self._people.pop((team_id, user_id), None)
                raise AppError("common.person_unknown") from None
            if refuses_the_bot(code):
                raise AppError("common.bot_refused", code=code) from None
            if remedy(code) is Remedy.WAIT:
                raise AppError(slow) from None
            raise AppError("common.slack_refused", code=code) from None
        except SLACK_ERRORS as error:
            log.warning("Slack does not say who somebody is", error=type(error).__name__, user=user_id)
            raise AppError(slow) from None
        person = self._people[team_id, user_id] = _person(team_id, answer["user"]), asked_at
        return person[0]


def _person(team_id: str, user: dict[str, Any]) -> Person:
    strange = user.get("is_bot") or user.get("deleted") or user.get("is_stranger")
    guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    # people of an Enterprise Grid organization have one home, and belong to other workspaces as well
    belongs = team_id in (user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ()))
    profile = user.get("profile") or {}
    return Person(
        team_id=team_id,
        user_id=user["id"],
        is_admin=belongs and bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")),
        is_full_member=belongs and not (strange or guest),
        locale=user.get("locale") or "ko-KR",
        name=profile.get("display_name") or user.get("real_name") or user.get("name") or "",
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
        raise PermissionDenied("common.need_work", right, store, people=mention(*operators(store)))
    if right is Permission.ANSWER:
        raise PermissionDenied("common.need_answer", right, store, people=mention(*cs_people(store)))
    if right is Permission.PRODUCTS and not store.product_managers_only:
        raise PermissionDenied("common.need_products", right, store, people=mention(*operators(store)))
    raise PermissionDenied("common.need_manage", right, store, people=mention(*managers(store)))
