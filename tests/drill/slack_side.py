"""Slack: workspaces with equal ids in them, and people who press what they see."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from bot.manifest import manifest
from bot.playground.slack import Channel, Message, NotVisible, SlackCall, SlackCallPhase, Workspace, demo_workspace
from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.distribution import Distribution
from bot.playground.slack.distribution_server import serve_distribution
from handlers.orders.ids import OrderAction
from tests.drill.far_sides import Call, Side, write_report
from tests.drill.plan import CHANNELS_PER_TEAM, Plan, channel_id

STAFF = (MINJI, JUNHO, DANIEL)
"""Who may press."""
_CONFIRMS = (OrderAction.CONFIRM, OrderAction.CONFIRM_BATCH)


@dataclass(frozen=True)
class Installed:
    """What the product is told of a workspace."""

    team_id: str
    bot_user_id: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """Where Slack stands, and what its app is called there."""

    port: int
    signing_secret: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    workspaces: tuple[Installed, ...]


@dataclass
class Press:
    """A press of a button that confirms."""

    team_id: str
    channel: str
    ts: str
    value: str
    """What the button bears: the order or the batch."""
    at: float
    error: str | None = None


def run_slack(folder: Path, pipe: Connection, plan: Plan, web_ports: Sequence[int]) -> None:
    """The process of Slack."""
    asyncio.run(_slack(folder, pipe, plan, web_ports))


async def _slack(folder: Path, pipe: Connection, plan: Plan, web_ports: Sequence[int]) -> None:
    document = manifest("http://127.0.0.1:1")
    workspaces = [_workspace(document, name) for name in plan.teams]
    slack = Distribution(workspaces[0].clock, workspaces, document)
    server = await serve_distribution(slack, "0.0.0.0")
    port = int(server.url.rpartition(":")[2])
    rng = Random(f"slack {plan.seed}")
    side = Side(rng)
    people = [People(workspace, side, Random(f"people {n} {plan.seed}")) for n, workspace in enumerate(workspaces)]
    for workspace in workspaces:
        workspace.give_token(f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}", None)
        workspace.base_url = f"http://127.0.0.1:{port}/w/{workspace.team_id}"
        workspace.http.signing_secret = workspaces[0].http.signing_secret
        workspace.http.urls = tuple(f"http://127.0.0.1:{web}/slack/events" for web in web_ports)
        workspace.on_call = _hears(side, workspace.team_id)

    async def rest() -> None:
        side.busy.clear()
        await asyncio.gather(*(one.sit_down() for one in people))

    async def press_all() -> int:
        return sum([await one.press_all() for one in people])

    async def report() -> None:
        calls = [_slack_call(call) for call in side.calls.values()]
        presses = [vars(press) for one in people for press in one.presses]
        messages = [_message(workspace, one) for workspace in workspaces for one in _posted(workspace)]
        did = sum((one.did for one in people), Counter[str]())
        write_report(folder / "slack.json", {"calls": calls, "presses": presses, "messages": messages, "did": did})

    living = [asyncio.create_task(one.live()) for one in people] if web_ports else []
    installed = tuple(Installed(one.team_id, one.bot_user_id, one.bot_token) for one in workspaces)
    pipe.send(
        Address(port, workspaces[0].http.signing_secret, slack.client_id, slack.client_secret, workspaces=installed)
    )
    await side.serve(pipe, {"rest": rest, "press all": press_all, "report": report})
    for one in living:
        one.cancel()
    await server.stop()


def _workspace(document: dict[str, Any], name: str) -> Workspace:
    workspace = demo_workspace(manifest=document)
    workspace.team_name = f"{name}상회"
    for number in range(CHANNELS_PER_TEAM):
        members = {*STAFF, SEOYEON, HANEUL, workspace.bot_user_id}
        workspace.conversations.add(Channel(channel_id(number), f"주문-{number}", members=members, bot_is_member=True))
    return workspace


def _hears(side: Side, team_id: str) -> Callable[[SlackCall, SlackCallPhase], Awaitable[None]]:
    async def heard(call: SlackCall, phase: SlackCallPhase) -> None:
        is_slow = call.method.startswith("chat.")
        await side.heard(call, received=phase is SlackCallPhase.RECEIVED, slow=is_slow, team_id=team_id)

    return heard


class People:
    """The people of a workspace."""

    def __init__(self, workspace: Workspace, side: Side, rng: Random) -> None:
        self.presses: list[Press] = []
        self.did = Counter[str]()
        self._slack, self._side, self._rng = workspace, side, rng
        self._acting = asyncio.Lock()

    async def live(self) -> None:
        """Press, look and ask, until they shall rest."""
        while await self._side.busy.wait():
            await asyncio.sleep(self._rng.uniform(0.5, 2))
            async with self._acting:
                if self._side.busy.is_set():
                    await self._act()

    async def sit_down(self) -> None:
        """Wait until nobody does anything any more."""
        async with self._acting:
            pass

    async def press_all(self) -> int:
        """Press whatever can still be confirmed; return how much was."""
        left = self._can_be_pressed()
        for message, action in left:
            await self._press(MINJI, message, action)
            await asyncio.sleep(0.2)
        return len(left)

    async def _act(self) -> None:
        person = self._rng.choice(STAFF)
        match self._rng.choices(("press", "home", "list", "collect"), (16, 1, 1, 1))[0]:
            case "press":
                if found := self._can_be_pressed():
                    await self._press_one(person, *self._rng.choice(found))
            case "home":
                self._note("home", (await self._slack.open_home(person)).error)
            case "list":
                channel = channel_id(self._rng.randrange(CHANNELS_PER_TEAM))
                self._note("list", (await self._slack.slash(person, channel, "/tmon", "주문")).error)
                for view in reversed(self._slack.open_modal(person)):
                    await self._slack.close(person, view.id)
            case "collect":
                channel = channel_id(self._rng.randrange(CHANNELS_PER_TEAM))
                self._note("collect", (await self._slack.slash(person, channel, "/tmon", "수집")).error)

    async def _press_one(self, person: str, message: Message, action: dict[str, Any]) -> None:
        """Press once; or two people do at the same time; or Slack sends the press twice."""
        chance = self._rng.random()
        if chance < 0.15:
            other = self._rng.choice([one for one in STAFF if one != person])
            await asyncio.gather(self._press(person, message, action), self._press(other, message, action))
        else:
            envelope = await self._press(person, message, action)
            if chance < 0.25 and envelope is not None:
                self._note("sent twice", (await self._slack.redeliver(envelope)).error)

    async def _press(self, person: str, message: Message, action: dict[str, Any]) -> str | None:
        press = Press(self._slack.team_id, message.channel, message.ts, action["value"], time.time())
        try:
            result = await self._slack.click(
                person, channel=message.channel, ts=message.ts, action_id=action["action_id"]
            )
        except NotVisible:
            self._note("press", "gone meanwhile")
            return None
        press.error = result.error
        self.presses.append(press)
        self._note("press", result.error)
        return result.envelope_id

    def _note(self, what: str, error: str | None) -> None:
        self.did[f"{what}: {error or 'ok'}"] += 1

    def _can_be_pressed(self) -> list[tuple[Message, dict[str, Any]]]:
        return [(one, action) for one in _posted(self._slack) for action in _confirms(one)]


def _posted(workspace: Workspace) -> list[Message]:
    """What the app has posted in channels and direct messages, and what stands there still."""
    found = []
    for channel in workspace.channels.values():
        viewer = channel.user if channel.is_im and channel.user else MINJI
        found += [one for one in workspace.messages(channel.id, viewer) if one.user == workspace.bot_user_id]
    return found


def _confirms(message: Message) -> list[dict[str, Any]]:
    return [
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if str(element["action_id"]).partition("#")[0] in _CONFIRMS
    ]


def _message(workspace: Workspace, one: Message) -> dict[str, Any]:
    return {
        "team_id": workspace.team_id,
        "channel": one.channel,
        "ts": one.ts,
        "thread_ts": one.thread_ts,
        "text": one.text,
        "blocks": one.blocks,
        "only_for": one.ephemeral_for,
    }


def _slack_call(call: Call) -> dict[str, Any]:
    what: SlackCall = call.what
    return {
        "team_id": call.team_id,
        "host": what.host.partition(":")[0],
        "method": what.method,
        "args": dict(what.args),
        "ok": what.ok,
        "error": what.error,
        "channel": what.answer.get("channel") or what.args.get("channel"),
        "ts": what.answer.get("ts") or what.args.get("ts"),
        "received": call.received,
        "effective": call.effective,
        "answered": call.answered,
    }
