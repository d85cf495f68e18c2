"""Modal stacks and home tabs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.playground.slack.model import View, WorkspaceChange, new_id
from bot.playground.slack.rules.blocks import completed
from bot.playground.slack.rules.inputs import initial_state
from tmon.clock import Clock

MAX_STACK = 3
"""Maximum depth of a modal stack (docs.slack.dev, "Modals")."""

_PARTS = (
    "title",
    "submit",
    "close",
    "private_metadata",
    "callback_id",
    "external_id",
    "notify_on_close",
    "clear_on_close",
)


class Views:
    """Open views by user. Content must have been validated (``check_view``)."""

    def __init__(self, clock: Clock, changed: Callable[[WorkspaceChange], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """The person's modal stack, top view last."""
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """The person's published home tab."""
        return self._homes.get(user)

    def all(self) -> Iterable[View]:
        """All open or published views."""
        yield from self._homes.values()
        for stack in self._stacks.values():
            yield from stack

    def find(self, view_id: str) -> View | None:
        """The open or published view of this id."""
        return next((view for view in self.all() if view.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        """The view with this ``external_id``."""
        return next((view for view in self.all() if external_id and view.external_id == external_id), None)

    def open(self, user: str, content: Mapping[str, Any], channel: str | None = None) -> View:
        """Open a modal in place of the whole stack. `channel`: the conversation that the person is viewing."""
        view = self._new(user, content, None, channel)
        self._stacks[user] = [view]
        self._notify(view)
        return view

    def push(self, user: str, content: Mapping[str, Any]) -> View | None:
        """Push a modal onto the stack; None if the stack is full."""
        stack = self._stacks[user]
        if len(stack) == MAX_STACK:
            return None
        view = self._new(user, content, stack[-1], stack[-1].opened_in)
        stack.append(view)
        self._notify(view)
        return view

    def replace(self, view: View, content: Mapping[str, Any]) -> None:
        """Replace a view's content. Inputs with unchanged ids keep their values."""
        self._put(view, content)
        view.hash = self._hash()
        self._notify(view)

    def publish(self, user: str, content: Mapping[str, Any]) -> View:
        """Publish the person's home tab."""
        view = self._homes.get(user)
        if view is None:
            view = self._homes[user] = self._new(user, content, None)
        else:
            self._put(view, content)
            view.hash = self._hash()
        self._notify(view)
        return view

    def close(self, view: View, *, everything: bool = False) -> None:
        """Close the view and all above it; with ``everything`` the whole stack."""
        stack = self._stacks.get(view.user, [])
        if view in stack:
            del stack[0 if everything else stack.index(view) :]
            self._notify(view)

    def _new(self, user: str, content: Mapping[str, Any], below: View | None, channel: str | None = None) -> View:
        view_id = new_id("V")
        root = below.root_view_id if below is not None else view_id
        view = View(view_id, self._hash(), content["type"], user, root, below.id if below is not None else None, [])
        view.opened_in = channel
        self._put(view, content)
        return view

    def _put(self, view: View, content: Mapping[str, Any]) -> None:
        fresh = View(view.id, view.hash, view.type, view.user, view.root_view_id, view.previous_view_id, [])
        for part in _PARTS:
            setattr(view, part, content.get(part, getattr(fresh, part)))
        view.blocks = completed(content["blocks"])
        view.state = initial_state(view.blocks, view.state, view.opened_in)

    def _hash(self) -> str:
        return f"{int(self._clock().timestamp())}.{secrets.token_urlsafe(6)}"

    def _notify(self, view: View) -> None:
        self._changed(WorkspaceChange("view" if view.type == "modal" else "home", view.user))
