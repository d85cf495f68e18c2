"""One interaction of a person with the app, and the ways to answer it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from handlers import files, response_urls
from handlers.blocks import Block, section
from handlers.common_views.ids import NoticeView
from handlers.common_views.notice import notice
from handlers.form_values import block_id_of
from handlers.permissions import SLACK_ERRORS, SlackUsers, require_admin, require_permission
from handlers.storing import until_stored
from handlers.texts import Texts
from tmon.api import (
    NotOffered,
    PartnerRejected,
    Rejected,
    Throttled,
    TmonError,
    UnexpectedResponse,
    UnknownOutcome,
    VendorMissing,
    VendorRejected,
)
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission
from tmon.spreadsheets.export import ExportSheet, exported
from tmon.stores.fields import InvalidFields
from tmon.stores.service import StoreService
from tmon.work import pressed

log = structlog.get_logger(__name__)

DRAWING_SECONDS = 0.3
"""Time that Slack gets to draw the view of an acknowledgement."""
SHOW_PROGRESS_AFTER = 0.8
"""Seconds of work after which a person sees that it is under way."""
_STORING_SECONDS = 1.5
"""How long it may take to commit what is stored before a form is acknowledged, of the time that Slack gives."""
_ERROR_LIMIT = 2000
"""Characters of an error below a field."""

T = TypeVar("T")
UserFacingError = AppError | TmonError | InvalidFields
"""Failures whose reason a person may see."""


@dataclass
class SlackRequest:
    """A command, button, submission or event, with everything needed to answer it."""

    body: dict[str, Any]
    person: Person
    t: Texts
    """Texts in the person's language."""
    channel_t: Texts
    """Texts in the language of channel messages."""
    client: AsyncWebClient
    services: Services
    _ack: AsyncAck = field(repr=False)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    _began: float = field(default_factory=time.monotonic)
    _drawn_by: float = 0.0
    """When Slack has drawn the view of the acknowledgement, in the event loop's time."""
    named_store_id: str = ""
    """The store that the command named, where there are several."""
    _notice_view_id: str | None = None
    """The notice already open for this request, if any."""

    async def send_file(self, text: str, name: str, content: bytes) -> None:
        """Send a file to the person as a direct message, after `text`. Raises AppError if Slack does not take it."""
        await files.send(self.client, self.user_id, text, name, content)

    async def send_export(self, text: str, name: str, *sheets: ExportSheet) -> None:
        """Send a workbook to the person as a direct message, after `text`. Raises AppError if Slack does not take it."""
        async with exported(*sheets) as path:
            await files.send_large(self.client, self.user_id, text, name, path)

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.person.team_id

    @property
    def user_id(self) -> str:
        """Id of the person who acted."""
        return self.person.user_id

    @property
    def trigger_id(self) -> str:
        """Slack's ticket for opening one modal, valid for 3 seconds; empty for submissions without one."""
        return str(self.body.get("trigger_id", ""))

    @property
    def action(self) -> dict[str, Any]:
        """The clicked button or changed menu; empty for other interactions."""
        actions = self.body.get("actions") or [{}]
        return dict(actions[0])

    @property
    def value(self) -> str:
        """Value of the clicked button or of the chosen option; empty if it has none."""
        chosen = self.action.get("selected_option") or {}
        return str(self.action.get("value") or chosen.get("value") or "")

    @property
    def view(self) -> dict[str, Any]:
        """The modal in which the person acted; empty for a message, a command or the home tab."""
        view = self.body.get("view") or {}
        return view if view.get("type") != "home" else {}

    @property
    def is_event(self) -> bool:
        """Whether this is an event of the Events API: nobody waits for an answer."""
        return self.body.get("type") == "event_callback"

    async def ack(self, **answer: Any) -> None:
        """Acknowledge the envelope; for submissions with `response_action`, `view` or `errors`. Only the first call counts."""
        if not self.answered.is_set():
            self.answered.set()
            if answer.get("response_action") == "update":
                self._drawn_by = asyncio.get_running_loop().time() + DRAWING_SECONDS
            await self._ack(**answer)

    async def store(self, store_id: str, permission: Permission) -> Store:
        """The store. Raises AppError if it is gone or the person lacks `permission` on it."""
        store = await self.services[StoreService].get(self.team_id, store_id)
        await self.require(permission, store)
        return store

    async def require(self, permission: Permission, *stores: Store) -> None:
        """Raise AppError unless the person has `permission` on one of `stores`, as Slack knows their rights now."""
        if permission is not Permission.VIEW:
            await self.refresh_rights()
        if not any(has_permission(self.person, permission, store) for store in stores):
            require_permission(self.person, permission, stores[0])

    async def require_member(self) -> None:
        """Raise AppError unless the person is a full member of the workspace, as Slack knows it now."""
        await self.refresh_rights()
        if not self.person.is_full_member:
            raise AppError("common.no_rights")

    async def require_admin(self) -> None:
        """Raise AppError unless the person is an owner or admin of the workspace, as Slack knows it now."""
        await self.refresh_rights()
        require_admin(self.person)

    async def refresh_rights(self) -> None:
        """Ask Slack for the person's rights, once per request: what is known of people may be minutes old.

        Raises AppError if Slack does not answer within a second: nothing is changed on the word of a cache.
        """
        self.person = await self.services[SlackUsers].rights(self.team_id, self.user_id, since=self._began)

    def seconds_left(self, seconds: float) -> float:
        """How much is left of `seconds` since the person acted; at least a tenth of a second."""
        return max(0.1, seconds - (time.monotonic() - self._began))

    async def show(self, view: Block) -> str:
        """Show `view` in place of the modal in which the person acted, else in a new modal; returns the modal's id.

        A submission that is not acknowledged yet is acknowledged with it. Raises one of SLACK_ERRORS.
        """
        if not self.view:
            return await self.push(view)
        view_id = str(self.view["id"])
        if self.answered.is_set():
            await self._wait_until_drawn()
            await self.client.views_update(view_id=view_id, view=view)
        else:  # only submissions reach their listener without an acknowledgement
            await self.ack(response_action="update", view=view)
        return view_id

    async def push(self, view: Block) -> str:
        """Show `view` on top of the modal in which the person acted, else in a new modal; returns its id.

        Raises one of SLACK_ERRORS: a trigger lives for 3 seconds, and at most 3 modals lie on each other.
        """
        method = self.client.views_push if self.view else self.client.views_open
        response = await method(trigger_id=self.trigger_id, view=view)
        return str(response["view"]["id"])

    async def replace(self, view_id: str, view: Block) -> bool:
        """Show `view` in the modal `view_id`; False if Slack refuses, mostly because the modal was closed."""
        await self._wait_until_drawn()
        try:
            await self.client.views_update(view_id=view_id, view=view)
        except SLACK_ERRORS as error:
            log.info("the modal was not updated", error=type(error).__name__)
            return False
        return True

    async def redraw(self, view: Block) -> None:
        """Draw the modal in which a menu was changed anew, unless it was sent or closed meanwhile."""
        await self.replace(str(self.view["id"]), view)

    async def _wait_until_drawn(self) -> None:
        """Wait until Slack has drawn the view of the acknowledgement.

        Bolt sends the acknowledgement a moment after `ack` returns; an update that overtakes it would be overwritten.
        """
        await asyncio.sleep(max(0.0, self._drawn_by - asyncio.get_running_loop().time()))

    async def with_progress(
        self, work: Awaitable[T], show_progress: Callable[[], Awaitable[object]], *, after: float = SHOW_PROGRESS_AFTER
    ) -> T:
        """Return the result of `work`; if it takes longer than `after` seconds, call `show_progress` once meanwhile.

        Where several processes share the work, what is to be changed is stored before a form is acknowledged by its progress;
        raises AppError if that is not done in time.
        """
        task = asyncio.ensure_future(work)
        await asyncio.wait({task}, timeout=after)
        press = pressed.get()
        by_progress = not task.done() and not self.answered.is_set()
        if (
            press is not None
            and press.begun
            and by_progress
            and not await until_stored(press, task, press.seconds - after, _STORING_SECONDS)
        ):
            task.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise AppError("common.database_busy")
        if not task.done():
            await show_progress()
        return await task

    async def refuse(self, error: UserFacingError) -> bool:
        """Acknowledge a submission with each error below its field, or below the first one if the view lacks it.

        The form stays open with its values. False, without an acknowledgement, if the view has no fields. Listeners
        raise their errors instead: the router calls this.
        """
        errors = error.errors.values() if isinstance(error, InvalidFields) else [error]
        texts = {
            block_id_of(self.view, getattr(one, "field", None)): error_text(self.t, one, plain=True)[:_ERROR_LIMIT]
            for one in errors
        }
        if None in texts:
            return False
        await self.ack(response_action="errors", errors=texts)
        return True

    async def notify(self, text: str, blocks: list[Block] | None = None) -> None:
        """Say something to this person only: in a notice above their modal or home tab, else in an ephemeral message,
        else in a direct message; without a token by the address that came with what they did, if there was one."""
        if (url := self.body.get("response_url")) and self.client.token is None:  # it is not known whose
            await response_urls.answer(str(url), text)
            return
        if self.body.get("view") and await self._show_notice(notice(self.t, blocks or [section(text)])):
            return
        channel = (self.body.get("channel") or {}).get("id") or self.body.get("channel_id")
        if channel:
            try:
                await self.client.chat_postEphemeral(channel=channel, user=self.user_id, text=text, blocks=blocks)
            except SLACK_ERRORS as error:
                log.info("ephemeral refused, using direct message", error=type(error).__name__)
            else:
                return
        await self.client.chat_postMessage(channel=self.user_id, text=text, blocks=blocks)

    async def _show_notice(self, view: Block) -> bool:
        """Show the notice `view` to a person who looks at a modal or the home tab; False if Slack refuses."""
        if self._notice_view_id is not None:
            return await self.replace(self._notice_view_id, view)
        if self.body.get("type") != "block_actions" or self.view.get("callback_id") in {*NoticeView}:
            return await self.replace(str(self.body["view"]["id"]), view)
        try:
            self._notice_view_id = await self.push(view)
        except SLACK_ERRORS as error:
            log.info("notice not shown", error=type(error).__name__)
            return False
        return True


Listener = Callable[[SlackRequest], Awaitable[None]]
OptionsLoader = Callable[[SlackRequest, str], Awaitable[list[Block]]]
"""Returns at most 100 options of a menu for what a person has typed in it."""


def error_text(t: Texts, error: UserFacingError, *, plain: bool = False) -> str:
    """The sentence for a failure that a person may see, as Slack markup unless `plain`; of several the first."""
    say = t if plain else t.md
    if isinstance(error, InvalidFields):
        error = next(iter(error.errors.values()))
    if isinstance(error, AppError):
        return say(error.key, **error.values)
    if isinstance(error, PartnerRejected):
        return t("common.tmon_key")
    if isinstance(error, VendorMissing):
        return t("common.tmon_vendor_missing")
    if isinstance(error, VendorRejected):
        return t("common.tmon_vendor")
    if isinstance(error, Rejected):
        return say("common.tmon_said", message=error.message or "")
    if isinstance(error, Throttled):
        return t("common.tmon_throttled")
    if isinstance(error, NotOffered):
        return t("common.tmon_not_offered")
    if isinstance(error, UnknownOutcome):
        return t("common.tmon_unknown")
    if isinstance(error, UnexpectedResponse):
        return t("common.tmon_unreadable")
    return t("common.tmon_down")
