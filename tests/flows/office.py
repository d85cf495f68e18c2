"""Listeners of the tests' own behind the real guard."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.model import InteractionResult, Message, View
from handlers.request import SlackRequest
from handlers.router import Router
from tests.flows.world import Scene
from tmon.errors import AppError


@dataclass
class Listeners:
    """What the app of this test listens to; each says how it is meant to misbehave."""

    heard: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    async def command(self, request: SlackRequest) -> None:
        """`/tmon <callback id>` opens that form; `/tmon raise` fails."""
        text = str(request.body["text"])
        self.heard["command"] += 1
        if text == "raise":
            raise RuntimeError("the listener is broken")
        await request.client.views_open(trigger_id=request.trigger_id, view=form(text))

    async def press(self, request: SlackRequest) -> None:
        """A button that fails as its value says."""
        self.heard["press"] += 1
        match request.value:
            case "raise":
                raise RuntimeError("the listener is broken")
            case "refuse":
                raise AppError("common.store_gone")

    async def submit(self, request: SlackRequest) -> None:
        """A form that fails as its field says."""
        self.heard["submit"] += 1
        match request.view["state"]["values"]["name~1"]["value"]["value"]:
            case "raise":
                raise RuntimeError("the listener is broken")
            case "refuse":
                raise AppError("common.no_store_named", field="name", name="a & b", names="c")
            case "late":
                await request.ack()
                raise RuntimeError("the listener is broken")
            case "slow":
                await asyncio.sleep(10)
            case "again":
                await request.ack(response_action="update", view=form("other"))
        await request.ack()
        self.done["submit"] += 1


def form(callback_id: str) -> dict[str, Any]:
    """A modal with one field that had to start anew once."""
    name = {"type": "plain_text_input", "action_id": "value"}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": "양식"},
        "submit": {"type": "plain_text", "text": "저장"},
        "notify_on_close": True,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "안내"}},
            {"type": "input", "block_id": "name~1", "label": {"type": "plain_text", "text": "이름"}, "element": name},
        ],
    }


@dataclass
class Office(Scene):
    """An app with a guard and listeners of its own."""

    listeners: Listeners
    guard: Router

    async def press(
        self, value: str, *, user: str = MINJI, action: str = "press", channel: str = ORDERS
    ) -> InteractionResult:
        """Presses a button on a message of the bot."""
        message = self.button(value, action, channel)
        acted = await self.slack.click(user, channel=channel, ts=message.ts, action_id=action)
        await self.guard.drain()
        return acted

    def button(self, value: str, action: str, channel: str) -> Message:
        """A message of the bot with one button."""
        element = {
            "type": "button",
            "action_id": action,
            "value": value,
            "text": {"type": "plain_text", "text": "누르기"},
        }
        blocks = [{"type": "actions", "block_id": "b", "elements": [element]}]
        return self.slack.conversations.add_message(channel, self.slack.bot_user_id, "x", blocks=blocks)

    async def opened(self, callback_id: str = "form", user: str = MINJI) -> View:
        """A form in front of somebody."""
        acted = await self.slack.slash(user, ORDERS, "/tmon", callback_id)
        assert acted.ok
        await self.guard.drain()
        return self.modal(user)

    async def submit(self, view: View, value: str) -> InteractionResult:
        """Types `value` and sends the form."""
        acted = await self.slack.submit(view.user, view.id, {"name~1": value})
        await self.guard.drain()
        return acted
