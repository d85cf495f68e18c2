"""Calls the listener of each envelope in a guard: acknowledges in time, identifies the person, shows every failure.

Bolt gets one listener for all envelopes of a kind: it looks through its listeners one by one, and hundreds of them take
longer than all the rest until the acknowledgement. It is to wait for ours (`process_before_response`), which end with the
acknowledgement: what follows is a task of its own. Otherwise Bolt looks for the acknowledgement every 10 ms.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from cachetools import TTLCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from handlers.envelope_keys import button_of, key_of, user_id_of
from handlers.failures import show_failure, stale, until_answered
from handlers.origins import may_be_member, team_of
from handlers.permissions import SlackUsers
from handlers.request import Listener, OptionsLoader, SlackRequest
from handlers.slack_workspaces import NotInstalled, SlackWorkspace, SlackWorkspaces
from handlers.storing import until_stored
from handlers.texts import Texts
from tmon.api.decoding import cleaned
from tmon.core import Services
from tmon.envelopes import Delivery, Envelopes
from tmon.errors import AppError, RepeatedPress
from tmon.permissions import Person
from tmon.work import Press, pressed
from tmon.workspaces.languages import WorkspaceLanguages

log = structlog.get_logger(__name__)

MAX_OPTIONS = 100
"""Options of a menu (docs.slack.dev, "Select menu element")."""
SUBMISSION_SECONDS = 2.5
"""Time to acknowledge a submission; Slack allows 3 s (docs.slack.dev, "Handling view_submission payloads")."""
TAKE_SECONDS = 1.0
"""How long the database may take to say whether an envelope is new."""
LOOK_SECONDS = 0.3
"""How long a process waits for what it can do without: whether an envelope is new, where no other process gets any, and the
language of the workspace. A trigger lives for 3 seconds."""
PRESS_SECONDS = 1.0
"""How long a press waits for its acknowledgement until it is stored, where several processes share the work."""
_ANSWER_LOOK_SECONDS = 0.05
_ANY = re.compile("")


class _Kind(StrEnum):
    """Envelopes that a listener is registered for by an id."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    CLOSED = "closed"


class Router:
    """Has all listeners, and calls that of an envelope."""

    def __init__(
        self,
        app: AsyncApp,
        services: Services,
        directory: SlackUsers,
        workspaces: SlackWorkspaces,
        *,
        zone: ZoneInfo,
        texts_elsewhere: Sequence[Path] = (),
        partner_center: str | None = None,
    ) -> None:
        self.submission_seconds = SUBMISSION_SECONDS
        """How long a form or a menu may take; tests on a busy machine allow more than Slack does."""
        self.press_seconds = PRESS_SECONDS
        """How long it may take to store what a person presses; likewise."""
        self._app = app
        self._services = services
        self._directory = directory
        self._workspaces = workspaces
        self._zone = zone
        self._texts_elsewhere = texts_elsewhere
        self._partner_center = partner_center
        self._running: set[asyncio.Task[Any]] = set()
        self._after_each: list[Listener] = []
        self._pressed: set[tuple[str, ...]] = set()
        """Buttons whose listeners are at work: an impatient second click on one of them is ignored."""
        self._envelopes = services[Envelopes]
        # Slack may deliver an envelope twice: the second gets the answer of the first. The rows know what came to others.
        self._seen: TTLCache[tuple[str, str], asyncio.Future[dict[str, Any]]] = TTLCache(maxsize=10_000, ttl=600)
        self._listeners: dict[tuple[_Kind, str], Listener] = {}
        self._loaders: dict[str, OptionsLoader] = {}
        app.command(_ANY)(self._wrap(_Kind.COMMAND))
        app.action(_ANY)(self._wrap(_Kind.ACTION))
        app.view_submission(_ANY)(self._wrap(_Kind.SUBMISSION))
        app.view_closed(_ANY)(self._wrap(_Kind.CLOSED))
        app.options(_ANY)(self._load_options)

    def texts(self, language: str) -> Texts:
        """The texts of `language`."""
        return Texts(
            language, self._services.clock, self._zone, self._texts_elsewhere, partner_center=self._partner_center
        )

    async def drain(self) -> None:
        """Wait until no listener is running."""
        while self._running:
            await asyncio.wait(set(self._running))

    def command(self, name: str, listener: Listener) -> None:
        """Register the listener of a slash command."""
        self._add(_Kind.COMMAND, name, listener)

    def action(self, action_id: str, listener: Listener) -> None:
        """Register the listener of a button or menu; a suffix behind `#`, which tells elements apart, is ignored."""
        self._add(_Kind.ACTION, action_id, listener)

    def submission(self, callback_id: str, listener: Listener) -> None:
        """Register the listener of a submission. It acknowledges by itself: `ack`, `show`, or an error that it raises."""
        self._add(_Kind.SUBMISSION, callback_id, listener)

    def options(self, action_id: str, loader: OptionsLoader) -> None:
        """Register the loader of a menu's options. Whatever fails, the menu is empty: Slack can show no reason in it."""
        self._loaders[action_id] = loader

    def closed(self, callback_id: str, listener: Listener) -> None:
        """Register the listener of a modal being closed."""
        self._add(_Kind.CLOSED, callback_id, listener)

    def event(self, name: str, listener: Listener) -> None:
        """Register the listener of an event of the Events API."""

        async def run(ack: AsyncAck, body: dict[str, Any]) -> None:
            await self._begin(listener, ack, body, ack_first=True)

        self._app.event(name)(run)

    def after_each(self, listener: Listener) -> None:
        """Call `listener` after every interaction of a person, however it ended. It must not answer them."""
        self._after_each.append(listener)

    def _add(self, kind: _Kind, name: str, listener: Listener) -> None:
        if (kind, name) in self._listeners:
            raise ValueError(f"two listeners of the {kind} {name}")
        self._listeners[kind, name] = listener

    def _wrap(self, kind: _Kind) -> Callable[..., Awaitable[None]]:
        async def run(ack: AsyncAck, body: dict[str, Any]) -> None:
            listener = self._listeners.get((kind, _name(kind, body)), stale)
            await self._begin(listener, ack, body, ack_first=kind is not _Kind.SUBMISSION)

        return run

    async def _begin(self, listener: Listener, ack: AsyncAck, body: dict[str, Any], *, ack_first: bool) -> None:
        """Call `listener` in a task, and return once the envelope is acknowledged."""
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def acknowledge(**given: Any) -> None:
            if not acknowledged.done():
                await ack(**given)
                acknowledged.set_result(None)

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            if not acknowledged.done():
                acknowledged.set_result(None)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("the guard failed", exc_info=error)

        if ack_first and not self._envelopes.shared:
            await acknowledge()
        task = asyncio.create_task(self._run(listener, acknowledge, body, ack_first=ack_first))
        self._running.add(task)
        task.add_done_callback(ended)
        await acknowledged

    async def _load_options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        found: list[dict[str, Any]] = []
        loader = self._loaders.get(str(body.get("action_id")))
        try:
            async with asyncio.timeout(self.submission_seconds):
                request = self._request(body, ack)
                workspace = await self._workspace(request)
                request.person = await self._person(body, workspace)
                request.t = self.texts(request.person.language)
                if request.person.is_full_member and loader is not None:
                    found = await loader(request, str(body.get("value") or ""))
        except (AppError, NotInstalled, TimeoutError) as error:
            log.info("no options", error=str(error) or "timeout", user=user_id_of(body))
        except Exception:
            log.exception("options failed", user=user_id_of(body))
        finally:
            await ack(options=found[:MAX_OPTIONS])

    async def _run(
        self, listener: Listener, ack: Callable[..., Awaitable[None]], body: dict[str, Any], *, ack_first: bool
    ) -> None:
        team_id, key = team_of(body), key_of(body)
        if (earlier := self._seen.get((team_id, key))) is not None:
            await ack(**({} if ack_first else await earlier))
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.submission_seconds
        answer: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._seen[team_id, key] = answer

        acknowledged = False

        async def acknowledge(**given: Any) -> None:
            nonlocal acknowledged
            if acknowledged:
                return
            acknowledged = True
            if not answer.done():
                answer.set_result(given)
            await ack(**given)

        request = self._request(body, acknowledge)  # type: ignore[arg-type]
        button = button_of(team_id, body)
        if button is not None and button in self._pressed:
            log.info("repeated press ignored", user=request.user_id)
            await request.ack()
            return
        if button is not None:
            self._pressed.add(button)
        shared = self._envelopes.shared
        asking = self._envelopes.take(team_id, key, button) if shared else self._envelopes.look(team_id, key)
        taking = asyncio.ensure_future(asking)
        taking.add_done_callback(lambda task: task.cancelled() or task.exception())  # not an error nobody looks at
        press = Press(self.press_seconds)
        here = pressed.set(press if shared else None)

        async def acknowledge_late() -> None:
            await asyncio.sleep(self.press_seconds)
            await acknowledge()

        late = asyncio.create_task(acknowledge_late()) if ack_first and shared else None
        try:
            if ack_first:
                request.answered.set()  # there is no answer to it, but for the moment when it is acknowledged
            try:
                async with asyncio.timeout_at(deadline):
                    workspace = await self._workspace(request)
                    delivery = await self._take(taking, key, request)
                    if delivery in (Delivery.AGAIN, Delivery.UNDER_WAY):
                        return
                    self._in_background(self._write_down(team_id, key, None if ack_first else answer, take=not shared))
                    request.person = await self._person(body, workspace)
            except TimeoutError:
                raise AppError("common.database_busy" if ack_first else "common.busy") from None
            request.t = self.texts(request.person.language)
            if not request.person.is_full_member:
                raise AppError("common.no_rights")
            if delivery is Delivery.STILL_UNDER_WAY:
                raise AppError("common.press_under_way")
            if not ack_first:
                await until_answered(listener, request, deadline - loop.time())
            elif shared:
                if late is not None and not acknowledged:
                    late.cancel()  # what is just being committed then is waited for
                await self._stored_first(listener, request, press, deadline, acknowledge)
            else:
                await listener(request)
        except NotInstalled:
            log.info("an envelope of a workspace without the app was ignored", team=team_id)
            return
        except RepeatedPress as error:
            log.info("repeated press ignored", key=error.key, user=request.user_id)
        except Exception as error:  # noqa: BLE001 - the guard: whatever it is, the person is told and the log knows
            if ack_first:
                await acknowledge()
            await show_failure(request, error)
        finally:
            pressed.reset(here)
            if button is not None:
                self._pressed.discard(button)
                if shared:
                    self._in_background(self._release(taking, team_id, key))
            if late is not None and not acknowledged:
                late.cancel()
            await acknowledge()
        if not request.is_event:
            await self._after(request)

    async def _take(self, taking: "asyncio.Future[Delivery]", key: str, request: SlackRequest) -> Delivery:
        """Return what the envelope is to this process; one that was taken before gets the answer of then.

        Raises AppError if the database does not say so in time, and other processes may have taken it.
        """
        shared = self._envelopes.shared
        await asyncio.wait({taking}, timeout=TAKE_SECONDS if shared else LOOK_SECONDS)
        error = taking.exception() if taking.done() else TimeoutError()
        if error is not None:
            log.warning("the database takes no envelope", error=type(error).__name__, user=request.user_id)
            if shared:
                raise AppError("common.database_busy")
            return Delivery.NEW
        delivery = taking.result()
        if delivery is Delivery.NEW:
            return delivery
        log.info("repeated envelope ignored", delivery=delivery.name, user=request.user_id)
        while not request.answered.is_set():
            if (earlier := await self._envelopes.answer(request.team_id, key)) is not None:
                await request.ack(**earlier)
            else:
                await asyncio.sleep(_ANSWER_LOOK_SECONDS)
        return delivery

    async def _write_down(
        self, team_id: str, key: str, answer: "asyncio.Future[dict[str, Any]] | None", *, take: bool
    ) -> None:
        """Store an envelope that was not taken yet, and the answer of a submission, for whoever gets the same again."""
        if take:
            await self._envelopes.take(team_id, key, None)
        if answer is not None:
            await self._envelopes.answered(team_id, key, await answer)

    async def _release(self, taking: "asyncio.Future[Delivery]", team_id: str, key: str) -> None:
        """Let the button be pressed again."""
        if await taking is Delivery.NEW:
            await self._envelopes.done(team_id, key)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - it is only for other deliveries, and ends by itself
                log.warning("an envelope was not written down", error=type(error).__name__)

        task = asyncio.create_task(run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _workspace(self, request: SlackRequest) -> SlackWorkspace:
        """Return the workspace of a request, which speaks to it from then on. Raises NotInstalled."""
        workspace = await self._workspaces.of(request.team_id)
        request.client = workspace.client
        language = await self._services[WorkspaceLanguages].of(request.team_id, within=LOOK_SECONDS)
        request.t = request.channel_t = self.texts(language)
        return workspace

    def _request(self, body: dict[str, Any], ack: AsyncAck) -> SlackRequest:
        """Return the request of an envelope, of a person whose rights are not known yet."""
        return SlackRequest(
            body=cleaned(body),  # what people type may hold what no database stores
            person=Person(team_id=team_of(body), user_id=user_id_of(body), is_full_member=False),
            t=self.texts(self._services.core.options.language),
            channel_t=self.texts(self._services.core.options.language),
            client=self._app.client,
            services=self._services,
            _ack=ack,
        )

    async def _after(self, request: SlackRequest) -> None:
        for listener in self._after_each:
            try:
                await listener(request)
            except Exception:
                log.exception("what follows an action failed", user=request.user_id)

    async def _person(self, body: dict[str, Any], workspace: SlackWorkspace) -> Person:
        if not may_be_member(body, workspace):
            raise AppError("common.no_rights")
        return await self._directory.person(workspace.team_id, user_id_of(body))

    async def _stored_first(
        self,
        listener: Listener,
        request: SlackRequest,
        press: Press,
        deadline: float,
        acknowledge: Callable[[], Awaitable[None]],
    ) -> None:
        """Run `listener`, and acknowledge once what was pressed is stored, or the listener has ended.

        What is to be stored and is not in time is given up, and the person is told so.
        """
        work, left = asyncio.ensure_future(listener(request)), deadline - asyncio.get_running_loop().time()
        in_time = await until_stored(press, work, left - self.submission_seconds + press.seconds, left)
        await acknowledge()
        if in_time:
            await work
            return
        await show_failure(request, AppError("common.database_busy"))
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the person was told already
            log.warning("a press was given up", error=type(error).__name__, user=request.user_id)


def _name(kind: _Kind, body: dict[str, Any]) -> str:
    if kind is _Kind.COMMAND:
        return str(body.get("command"))
    if kind is _Kind.ACTION:
        return str((body.get("actions") or [{}])[0].get("action_id")).partition("#")[0]
    return str(body["view"].get("callback_id"))
