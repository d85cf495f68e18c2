"""Modals in their stacks and home tabs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.playground.slack.model import View, WorkspaceChange, new_id
from bot.playground.slack.rules.blocks import completed
from bot.playground.slack.rules.inputs import initial_state
from tmon.clock import Clock

MAX_STACK = 3
"""Views that may lie on each other (docs.slack.dev, "Modals")."""

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
    """Who has which views open. What comes in was checked before (``check_view``)."""

    def __init__(self, clock: Clock, changed: Callable[[WorkspaceChange], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """The modals of a person, the one in front last."""
        return list(self._stacks.get(user, []))

    def home(self, user: str) -> View | None:
        """What was published on the person's home tab."""
        return self._homes.get(user)

    def all(self) -> Iterable[View]:
        """Every view that is open or published."""
        yield from self._homes.values()
        for stack in self._stacks.values():
            yield from stack

    def find(self, view_id: str) -> View | None:
        """The view, while it is open or published."""
        return next((view for view in self.all() if view.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        """The view to which the app gave this name."""
        return next((view for view in self.all() if external_id and view.external_id == external_id), None)

    def open(self, user: str, content: Mapping[str, Any]) -> View:
        """A new modal; what was open is gone."""
        view = self._new(user, content, None)
        self._stacks[user] = [view]
        self._notify(view)
        return view

    def push(self, user: str, content: Mapping[str, Any]) -> View | None:
        """A modal on top of the open ones; None when the stack is full."""
        stack = self._stacks[user]
        if len(stack) == MAX_STACK:
            return None
        view = self._new(user, content, stack[-1])
        stack.append(view)
        self._notify(view)
        return view

    def replace(self, view: View, content: Mapping[str, Any]) -> None:
        """New content in the same view. Inputs whose ids stay keep what was typed."""
        self._put(view, content)
        view.hash = self._hash()
        self._notify(view)

    def publish(self, user: str, content: Mapping[str, Any]) -> View:
        """The person's home tab."""
        view = self._homes.get(user)
        if view is None:
            view = self._homes[user] = self._new(user, content, None)
        else:
            self._put(view, content)
            view.hash = self._hash()
        self._notify(view)
        return view

    def close(self, view: View, *, everything: bool = False) -> None:
        """Takes the view, and whatever lies on it, away; or the whole stack."""
        stack = self._stacks.get(view.user, [])
        if view in stack:
            del stack[0 if everything else stack.index(view) :]
            self._notify(view)

    def _new(self, user: str, content: Mapping[str, Any], below: View | None) -> View:
        view_id = new_id("V")
        root = below.root_view_id if below is not None else view_id
        view = View(view_id, self._hash(), content["type"], user, root, below.id if below is not None else None, [])
        self._put(view, content)
        return view

    def _put(self, view: View, content: Mapping[str, Any]) -> None:
        fresh = View(view.id, view.hash, view.type, view.user, view.root_view_id, view.previous_view_id, [])
        for part in _PARTS:
            setattr(view, part, content.get(part, getattr(fresh, part)))
        view.blocks = completed(content["blocks"])
        view.state = initial_state(view.blocks, view.state)

    def _hash(self) -> str:
        return f"{int(self._clock().timestamp())}.{secrets.token_urlsafe(6)}"

    def _notify(self, view: View) -> None:
        self._changed(WorkspaceChange("view" if view.type == "modal" else "home", view.user))
