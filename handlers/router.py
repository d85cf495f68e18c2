"""The one guard around every listener: acknowledges in time, knows who acts, and lets no failure end in silence.

An exception that leaves a listener within milliseconds of its `ack()` loses the acknowledgement, so none ever does.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from cachetools import TTLCache
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.blocks import home, section
from handlers.common_views.switches import switch_off_notice
from handlers.form_values import block_id_of
from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.request import Listener, SlackRequest, error_text
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.permissions import Person
from tmon.stores.switches import SwitchOff

log = structlog.get_logger(__name__)

SUBMISSION_SECONDS = 2.5
"""A modal's submission must be answered within 3 s (docs.slack.dev, "Handling view_submission payloads")."""


class Router:
    """Wraps listeners and registers them with Bolt."""

    def __init__(
        self,
        app: AsyncApp,
        services: Services,
        directory: SlackUsers,
        *,
        team_id: str,
        zone: ZoneInfo,
        texts_elsewhere: Sequence[Path] = (),
    ) -> None:
        self._app = app
        self._services = services
        self._directory = directory
        self._team_id = team_id
        self._zone = zone
        self._texts_elsewhere = texts_elsewhere
        self._running: set[asyncio.Task[Any]] = set()
        self._after_each: list[Listener] = []
        # A socket may deliver an envelope twice. What the first one was answered is the answer to the second.
        self._seen: TTLCache[str, asyncio.Future[dict[str, Any]]] = TTLCache(maxsize=10_000, ttl=600)

    def texts(self, language: str) -> Texts:
        """The sentences of `language`."""
        return Texts(language, self._services.clock, self._zone, self._texts_elsewhere)

    async def drain(self) -> None:
        """Returns when every listener that runs has ended."""
        while self._running:
            await asyncio.wait(set(self._running))

    def command(self, name: str, listener: Listener) -> None:
        """Listens to a slash command."""
        self._app.command(name)(self._wrap(listener, ack_first=True))

    def action(self, action_id: str, listener: Listener) -> None:
        """Listens to a button or menu. Options may carry a suffix behind `#` to tell elements of one block apart."""
        pattern = re.compile(rf"^{re.escape(action_id)}(#.*)?$")
        self._app.action(pattern)(self._wrap(listener, ack_first=True))

    def submission(self, callback_id: str, listener: Listener) -> None:
        """Listens to a modal's submission; the listener itself calls `call.ack(…)` with the answer, soon."""
        self._app.view_submission(callback_id)(self._wrap(listener, ack_first=False))

    def closed(self, callback_id: str, listener: Listener) -> None:
        """Listens to a modal being closed."""
        self._app.view_closed(callback_id)(self._wrap(listener, ack_first=True))

    def event(self, name: str, listener: Listener) -> None:
        """Listens to an event of the Events API."""
        self._app.event(name)(self._wrap(listener, ack_first=True))

    def after_each(self, listener: Listener) -> None:
        """Calls `listener` after everything that a person did, however it ended. It must not answer them."""
        self._after_each.append(listener)

    def catch_all(self) -> None:
        """Answers whatever no listener knows, so that an old button is never met with silence. Register it last."""

        async def stale(call: SlackRequest) -> None:
            raise AppError("common.stale_button")

        everything = re.compile(".*")
        self._app.action(everything)(self._wrap(stale, ack_first=True))
        self._app.view_submission(everything)(self._wrap(stale, ack_first=False))
        self._app.view_closed(everything)(self._wrap(stale, ack_first=True))
        self._app.command(everything)(self._wrap(stale, ack_first=True))

    def _wrap(self, listener: Listener, *, ack_first: bool) -> Callable[..., Awaitable[None]]:
        async def run(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                await self._run(listener, ack, body, client, ack_first=ack_first)
            finally:
                self._running.discard(task)

        return run

    async def _run(
        self, listener: Listener, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, *, ack_first: bool
    ) -> None:
        key = _stable_id(body)
        if (earlier := self._seen.get(key)) is not None:
            await ack(**({} if ack_first else await earlier))
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SUBMISSION_SECONDS
        answer: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._seen[key] = answer

        async def remember(**given: Any) -> Any:
            if not answer.done():
                answer.set_result(given)
            return await ack(**given)

        call = SlackRequest(
            body=body,
            person=Person(team_id=self._team_id, user_id=_user_id(body), is_full_member=False),
            t=self.texts(self._services.language),
            channel_t=self.texts(self._services.language),
            client=client,
            services=self._services,
            _ack=remember,  # type: ignore[arg-type]
        )
        try:
            if ack_first:
                await call.ack()
            call.person = await self._person(body)
            call.t = self.texts(call.person.language)
            if not call.person.is_full_member:
                raise AppError("common.no_rights")
            if ack_first:
                await listener(call)
            else:
                await self._submission(listener, call, deadline - loop.time())
        except Exception as error:  # noqa: BLE001 - the guard: whatever it is, the person is told and the log knows
            await self._failed(call, error)
        finally:
            await call.ack()
        if not call.is_event:
            await self._after(call)

    async def _after(self, call: SlackRequest) -> None:
        for listener in self._after_each:
            try:
                await listener(call)
            except Exception:
                log.exception("what follows an action failed", user=call.user_id)

    async def _person(self, body: dict[str, Any]) -> Person:
        team = (body.get("team") or {}).get("id") or body.get("team_id")
        home = (body.get("user") or {}).get("team_id") or team
        if team != self._team_id or home != self._team_id:
            raise AppError("common.no_rights")
        return await self._directory.person(_user_id(body))

    async def _submission(self, listener: Listener, call: SlackRequest, seconds: float) -> None:
        """Runs `listener`, and answers for it if it takes longer, so that the form stays with what was typed."""
        work = asyncio.ensure_future(listener(call))
        answered = asyncio.ensure_future(call.answered.wait())
        try:
            await asyncio.wait({work, answered}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and not call.answered.is_set():
                work.cancel()
                raise AppError("common.busy")
            await work
        finally:
            answered.cancel()

    async def _failed(self, call: SlackRequest, error: Exception) -> None:
        in_form = bool(call.view) and not call.answered.is_set()
        blocks = None
        if isinstance(error, AppError | TmonError):
            text = error_text(call.t, error, plain=in_form)
            if isinstance(error, SwitchOff):
                blocks = switch_off_notice(call.t, call.person, error)
            log.info("refused", key=getattr(error, "key", type(error).__name__), user=call.user_id)
        else:
            reference = secrets.token_hex(3)
            text = call.t("common.failed", reference=reference)
            log.exception("listener failed", reference=reference, user=call.user_id)
        try:
            block_id = block_id_of(call.view, getattr(error, "field", None)) if in_form else None
            if block_id is not None:  # shown as plain text below the field
                await call.ack(response_action="errors", errors={block_id: text})
                return
            await call.ack()
            if call.is_event:  # the only one is that somebody looks at the home tab
                await call.client.views_publish(user_id=call.user_id, view=home([section(text)]))
            else:
                await call.notify(text, blocks)
        except SLACK_ERRORS as slack_error:
            log.warning("could not tell", error=type(slack_error).__name__, user=call.user_id)


def _user_id(body: dict[str, Any]) -> str:
    event = body.get("event") or {}
    return str((body.get("user") or {}).get("id") or body.get("user_id") or event.get("user") or "")


def _stable_id(body: dict[str, Any]) -> str:
    """What two deliveries of one envelope have in common, and two presses do not."""
    if body.get("type") == "block_actions":
        action = (body.get("actions") or [{}])[0]
        return f"action:{_user_id(body)}:{action.get('action_id')}:{action.get('block_id')}:{action.get('action_ts')}"
    if body.get("type") in ("view_submission", "view_closed"):
        view = body.get("view") or {}
        return f"{body['type']}:{_user_id(body)}:{view.get('id')}:{view.get('hash')}:{body.get('trigger_id')}"
    if body.get("type") == "event_callback":
        return f"event:{body.get('event_id')}"
    return f"command:{_user_id(body)}:{body.get('trigger_id')}"
