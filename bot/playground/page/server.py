"""HTTP routes of the page."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterable, AsyncIterator, Callable
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.mail import CaughtMail, MailCatcher
from bot.playground.page.chat import Chat, Room
from bot.playground.page.client_messages import failure_message, field_messages, to_korean
from bot.playground.page.guard import guarded
from bot.playground.page.guide import PlaygroundGuide
from bot.playground.page.live import Live
from bot.playground.page.morning import Morning
from bot.playground.page.mrkdwn import SEOUL, clock_time
from bot.playground.page.render import SelectChoice, environment
from bot.playground.page.requests import Acting, Clicked, Closed, Opened, Pressed, Said, Submitted, Suggested, sent
from bot.playground.page.sandbox_panel import SandboxPanel
from bot.playground.slack import FileRejected, InteractionResult, NotVisible, Workspace, WorkspaceChange
from bot.playground.slack.rules.inputs import MAX_BYTES
from bot.playground.tmon import CallPhase, LoggedCall, Sandbox

STATIC = Path(__file__).parent / "static"
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"  # links open in a tab of their own
)


def add_page(
    app: web.Application,
    workspace: Workspace,
    sandbox: Sandbox,
    mail: MailCatcher,
    *,
    guide: PlaygroundGuide,
    pass_a_day: Callable[[], None],
    run_jobs: Callable[[], None],
) -> None:
    """Add the page to ``app``, at "/". ``pass_a_day`` moves the clock of everything behind it, ``run_jobs`` makes the bot
    look at once for what it looks for every few hours.

    The app must serve nothing else: the page's guard rejects every request that does not come from the page.
    """
    live = Live()
    morning = Morning(sandbox, lambda: live.notify("sandbox"))
    panel = SandboxPanel(sandbox, morning, pass_a_day, run_jobs)
    page = _PageHandlers(workspace, sandbox, mail, guide, live, morning, panel)
    app.middlewares.extend([guarded, _still_there])
    app.router.add_static("/static", STATIC)
    app.add_routes(
        [
            web.get("/", page.whole),
            web.get("/events", page.events),
            web.get("/fragments/{name:sidebar|home|messages|thread|modal|desk|mails}", page.fragment),
            web.get(r"/fragments/mails/{number:\d+}", page.mail),
            web.get(r"/mail/{number:\d+}/html", page.mail_html),
            web.get("/archives/{channel}/{message}", page.linked),
            web.get("/files/{channel}/{ts}/{file}", page.file),
            web.get("/pictures", page.picture),
            web.post("/act/say", page.say),
            web.post("/act/click", page.click),
            web.post("/act/submit", page.submit),
            web.post("/act/suggest", page.suggest),
            web.post("/act/close", page.close),
            web.post("/act/reload", page.reload),
            web.post("/act/open", page.open_tab),
            web.post("/act/upload", page.upload),
            web.post("/desk", page.press_panel_button),
        ]
    )
    app.cleanup_ctx.append(page.follow)
    app.on_shutdown.append(page.hang_up)


class _PageHandlers:
    """Request handlers of the page."""

    def __init__(
        self,
        workspace: Workspace,
        sandbox: Sandbox,
        mail: MailCatcher,
        guide: PlaygroundGuide,
        live: Live,
        morning: Morning,
        panel: SandboxPanel,
    ) -> None:
        self._workspace = workspace
        self._sandbox = sandbox
        self._mail = mail
        self._guide = guide
        self._chat = Chat(workspace)
        self._live = live
        self._morning = morning
        self._panel = panel
        self._templates = environment()

    # --- Reading ---

    async def whole(self, request: web.Request) -> web.Response:
        """The whole page; without ``as``, for the first user."""
        viewer = request.query.get("as", "")
        if viewer not in self._workspace.people:
            viewer = self._chat.everyone()[0].id
        current = self._current_room(request, viewer)
        context = {
            name: value for part in _PARTS for name, value in self._context(part, request, viewer, current).items()
        }
        return self._html("page.html", viewer, current, guide=self._guide, **context)

    async def fragment(self, request: web.Request) -> web.Response:
        """One part of the page, to replace the shown one."""
        name = request.match_info["name"]
        viewer = request.query.get("as", "")
        if viewer not in self._workspace.people:
            raise web.HTTPNotFound
        current = self._current_room(request, viewer)
        return self._html(f"{name}.html", viewer, current, **self._context(name, request, viewer, current))

    async def mail(self, request: web.Request) -> web.Response:
        """One caught mail."""
        mail = self._caught(request)
        number = int(request.match_info["number"])
        text = self._templates.get_template("mail.html").render(mail=_mail_row(number, mail))
        return web.Response(text=text, content_type="text/html")

    async def mail_html(self, request: web.Request) -> web.Response:
        """A mail's original HTML, for a sandboxed frame that can neither run nor load anything."""
        return web.Response(
            text=self._caught(request).html,
            content_type="text/html",
            headers={"Content-Security-Policy": MAIL_POLICY},
        )

    async def linked(self, request: web.Request) -> web.Response:
        """The address of a message, as in a mail: the page at its conversation."""
        raise web.HTTPFound(f"/?in={quote(request.match_info['channel'], safe='')}")

    async def file(self, request: web.Request) -> web.Response:
        """A file of a message that the person sees."""
        viewer, channel = request.query.get("as", ""), request.match_info["channel"]
        seen = self._workspace.messages(channel, viewer) if channel in self._workspace.channels else []
        for message in seen:
            for file in message.files:
                asked = (request.match_info["ts"], request.match_info["file"])
                if (message.ts, file.id) == asked and not file.deleted:
                    disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
                    kind = guess_type(file.name)[0] or "application/octet-stream"
                    headers = {"Content-Disposition": disposition, "Content-Type": kind}
                    return web.Response(body=file.content, headers=headers)
        raise web.HTTPNotFound

    async def picture(self, request: web.Request) -> web.Response:
        """A picture on the web, drawn by the sandbox: the page loads nothing from elsewhere."""
        drawn = self._sandbox.picture(request.query.get("url", ""))
        if drawn is None:
            raise web.HTTPNotFound
        return web.Response(body=drawn, content_type="image/svg+xml")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The event stream for one user."""
        return await self._live.stream(request, request.query.get("as", ""))

    # --- Acting ---

    async def say(self, request: web.Request) -> web.Response:
        """Send the composer's text: a command or a message."""
        said = await sent(request, Said)
        command, _, rest = said.text.partition(" ")
        if command == "/invite":
            self._chat.invite_bot(said.who, said.channel)
        elif command.startswith("/"):
            return _answer(await self._workspace.slash(said.who, said.channel, command, rest.strip()))
        else:
            self._workspace.post(said.who, said.channel, html.escape(said.text, quote=False))  # as Slack's client does
        return web.json_response({"ok": True})

    async def click(self, request: web.Request) -> web.Response:
        """Use an element of a message or a modal."""
        click = await sent(request, Clicked)
        return _answer(
            await self._workspace.click(
                click.who,
                channel=None if click.view_id else click.channel,
                ts=None if click.view_id else click.ts,
                view_id=click.view_id or None,
                block_id=click.block_id,
                action_id=click.action_id,
                value=click.value,
                values=click.values,
            )
        )

    async def submit(self, request: web.Request) -> web.Response:
        """Submit a modal."""
        form = await sent(request, Submitted)
        return _answer(await self._workspace.submit(form.who, form.view_id, form.values))

    async def suggest(self, request: web.Request) -> web.Response:
        """The options that the app finds for what was typed into a menu."""
        typed = await sent(request, Suggested)
        found = await self._workspace.suggest(typed.who, typed.view_id, typed.block_id, typed.value)
        return web.json_response({"ok": True, "options": found})

    async def close(self, request: web.Request) -> web.Response:
        """Close a modal."""
        closed = await sent(request, Closed)
        return _answer(await self._workspace.close(closed.who, closed.view_id))

    async def reload(self, request: web.Request) -> web.Response:
        """Forget the person's ephemeral messages, as Slack's client does when it is loaded again."""
        self._workspace.conversations.forget_ephemerals((await sent(request, Acting)).who)
        return web.json_response({"ok": True})

    async def open_tab(self, request: web.Request) -> web.Response:
        """Open one of the bot's tabs, which Slack reports to the app."""
        opened = await sent(request, Opened)
        if opened.who not in self._workspace.people:
            raise web.HTTPBadRequest(text=f"nobody is {opened.who}")
        return _answer(await self._workspace.open_home(opened.who, opened.tab))

    async def upload(self, request: web.Request) -> web.Response:
        """Upload a file chosen in a form; the body is its content."""
        query = request.query
        if missing := {"as", "view_id", "block_id", "name"} - query.keys():
            raise web.HTTPBadRequest(text=f"missing: {', '.join(sorted(missing))}")
        content = bytearray()
        async for part in request.content.iter_chunked(2**16):  # read to the end: browsers fail on an early response
            if len(content) <= MAX_BYTES:
                content += part
        try:
            file = self._workspace.upload(
                query["as"], query["view_id"], query["block_id"], query["name"], bytes(content)
            )
        except FileRejected as error:
            return web.json_response({"ok": False, "error": to_korean(str(error))})
        return web.json_response({"ok": True, "id": file.id})

    async def press_panel_button(self, request: web.Request) -> web.Response:
        """Press a button of the sandbox panel."""
        pressed = await sent(request, Pressed)
        error = self._panel.press(pressed.act, pressed.partner, pressed.deal)
        self._live.notify("sandbox")
        return web.json_response({"ok": error is None, "error": error})

    # --- Live updates ---

    async def follow(self, _: web.Application) -> AsyncIterator[None]:
        """Forward changes to open pages while the app runs."""
        self._sandbox.on_call = self._called
        self._mail.on_change = lambda: self._live.notify("mail")
        changes = self._workspace.subscribe()
        following = asyncio.create_task(self._pass_on(changes))
        yield
        changes.close()
        await following

    async def hang_up(self, _: web.Application) -> None:
        """End the event streams and what is being played."""
        self._morning.stop()
        self._live.close()

    async def _called(self, _call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.ANSWERED:
            self._live.notify("sandbox")

    async def _pass_on(self, changes: AsyncIterable[WorkspaceChange]) -> None:
        async for change in changes:
            self._live.notify(change.kind, user=change.user, channel=change.channel)

    # --- Rendering ---

    def _current_room(self, request: web.Request, viewer: str) -> Room:
        return self._chat.current_room(viewer, request.query.get("in", ""), request.query.get("tab", ""))

    def _context(self, part: str, request: web.Request, viewer: str, current: Room) -> dict[str, Any]:
        if part == "sidebar":
            rooms, everyone = self._chat.rooms(viewer, current), self._chat.everyone()
            return {"rooms": rooms, "everyone": everyone, "connected": self._workspace.connected}
        if part == "home":
            return {"home": self._workspace.home(viewer) if current.home else None}
        if part == "messages":
            return {"days": [] if current.home else self._chat.days(viewer, current.id)}
        if part == "thread":
            return {"rows": self._chat.thread(viewer, current.id, request.query.get("ts", ""))}
        if part == "modal":
            stack = self._workspace.open_modal(viewer)
            return {"view": stack[-1] if stack else None, "stack": [view.id for view in stack]}
        if part == "desk":
            return {"desk": self._panel.view(request.query.get("partner", ""))}
        return {"mails": [_mail_row(number, mail) for number, mail in reversed(list(enumerate(self._mail.messages)))]}

    def _html(self, template: str, viewer: str, current: Room, **context: Any) -> web.Response:
        names = self._chat.names(viewer)
        text = self._templates.get_template(template).render(
            me=self._chat.author(viewer),
            current=current,
            team=self._workspace.team_name,
            names=names,
            people=[SelectChoice(key, name) for key, name in names.people.items()],
            channels=[SelectChoice(key, f"#{name}") for key, name in names.channels.items()],
            **context,
        )
        return web.Response(text=text, content_type="text/html")

    def _caught(self, request: web.Request) -> CaughtMail:
        try:
            return self._mail.messages[int(request.match_info["number"])]
        except IndexError:
            raise web.HTTPNotFound from None


_PARTS = ("sidebar", "home", "messages", "modal", "desk", "mails")


def _mail_row(number: int, mail: CaughtMail) -> dict[str, Any]:
    return {
        "number": number,
        "to": ", ".join(mail.recipients),
        "time": clock_time(mail.at.astimezone(SEOUL)),
        "sender": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
    }


def _answer(result: InteractionResult) -> web.Response:
    return web.json_response({"ok": result.ok, "error": failure_message(result), "errors": field_messages(result)})


@web.middleware
async def _still_there(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn NotVisible (the target has left the screen) into an error message."""
    try:
        return await handler(request)
    except NotVisible:
        return web.json_response(
            {"ok": False, "gone": True, "error": "지금은 할 수 없습니다. 화면이 이미 바뀌었을 수 있습니다."}
        )
