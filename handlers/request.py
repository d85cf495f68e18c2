"""One thing that a person did in Slack, and the ways to answer it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from handlers.blocks import section
from handlers.common_views.ids import NoticeView
from handlers.common_views.notice import notice
from handlers.permissions import SLACK_ERRORS
from handlers.texts import Texts
from tmon.api import (
    NotOffered,
    PartnerRejected,
    Rejected,
    Throttled,
    TmonError,
    UnknownOutcome,
    VendorRejected,
)
from tmon.core import Services
from tmon.errors import AppError
from tmon.permissions import Person

log = structlog.get_logger(__name__)

DRAWING_SECONDS = 0.3
"""What Slack gets to draw the view that an acknowledgement brings."""


@dataclass
class SlackRequest:
    """One thing that a person did in Slack, with everything needed to answer it."""

    body: dict[str, Any]
    person: Person
    t: Texts
    """Sentences in the person's language."""
    channel_t: Texts
    """Sentences in the language of channel messages."""
    client: AsyncWebClient
    services: Services
    _ack: AsyncAck = field(repr=False)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    _drawn_by: float = 0.0
    """When the view of the acknowledgement stands, by the loop's clock."""
    _notice_view_id: str | None = None
    """The view in which this person was told something already."""

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.person.team_id

    @property
    def user_id(self) -> str:
        """Who acted."""
        return self.person.user_id

    @property
    def trigger_id(self) -> str:
        """Opens one modal within 3 seconds."""
        return str(self.body.get("trigger_id", ""))

    @property
    def action(self) -> dict[str, Any]:
        """The pressed button or changed menu."""
        actions = self.body.get("actions") or [{}]
        return dict(actions[0])

    @property
    def value(self) -> str:
        """What the pressed button or the chosen option carries."""
        chosen = self.action.get("selected_option") or {}
        return str(self.action.get("value") or chosen.get("value") or "")

    @property
    def view(self) -> dict[str, Any]:
        """The modal that the person acted in; empty when it was a message or the home tab."""
        view = self.body.get("view") or {}
        return view if view.get("type") != "home" else {}

    @property
    def is_event(self) -> bool:
        """Whether Slack tells of something, and nobody waits for an answer."""
        return self.body.get("type") == "event_callback"

    async def ack(self, **answer: Any) -> None:
        """Answers the envelope; for submissions with `response_action`, `view` or `errors`. Only the first one counts."""
        if not self.answered.is_set():
            self.answered.set()
            if answer.get("response_action") == "update":
                self._drawn_by = asyncio.get_running_loop().time() + DRAWING_SECONDS
            await self._ack(**answer)

    async def replace(self, view_id: str, view: dict[str, Any]) -> bool:
        """Shows `view` in the modal `view_id`, on top of what the acknowledgement drew; False if it was closed meanwhile.

        Bolt sends the acknowledgement a moment after `ack` returns. An update that overtakes it would be drawn over.
        """
        await asyncio.sleep(max(0.0, self._drawn_by - asyncio.get_running_loop().time()))
        try:
            await self.client.views_update(view_id=view_id, view=view)
        except SLACK_ERRORS as error:
            log.info("the modal was not updated", error=type(error).__name__)
            return False
        return True

    async def notify(self, text: str, blocks: list[dict[str, Any]] | None = None) -> None:
        """Says something that only this person sees: above the modal or the tab that they acted in, in the channel, or in
        their direct messages."""
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

    async def _show_notice(self, view: dict[str, Any]) -> bool:
        """Shows `view` to whoever looks at a modal or a tab; False where Slack does not take it."""
        if self._notice_view_id is not None:
            return await self.replace(self._notice_view_id, view)
        if self.body.get("type") != "block_actions" or self.view.get("callback_id") == NoticeView.NOTICE:
            return await self.replace(str(self.body["view"]["id"]), view)
        show = self.client.views_push if self.view else self.client.views_open
        try:
            shown = await show(trigger_id=self.trigger_id, view=view)
        except SLACK_ERRORS as error:  # a trigger lives for three seconds, and three modals are the most
            log.info("not told above", error=type(error).__name__)
            return False
        self._notice_view_id = str(shown["view"]["id"])
        return True


Listener = Callable[[SlackRequest], Awaitable[None]]


def error_text(t: Texts, error: AppError | TmonError, *, plain: bool = False) -> str:
    """The sentence for a failure that a person may see, as Slack markup unless `plain`."""
    say = t if plain else t.md
    if isinstance(error, AppError):
        return say(error.key, **error.values)
    if isinstance(error, PartnerRejected):
        return t("common.tmon_key")
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
    return t("common.tmon_down")
