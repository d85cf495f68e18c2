"""Names and addresses of Slack accounts, to fill in a store's contact."""

import asyncio
from dataclasses import asdict, dataclass

import structlog

from handlers.permissions import SLACK_ERRORS
from handlers.request import SlackRequest
from handlers.stores.open_fields import read_open_fields
from tmon.stores.fields import merge_step
from tmon.stores.form import StoreForm

log = structlog.get_logger(__name__)

_PATIENCE = 1.2
"""Seconds for Slack's answer: a submission waits for it."""


@dataclass(frozen=True)
class Profile:
    """What a Slack account tells of its owner, under the names of the form's fields."""

    contact_name: str
    contact_email: str

    def fields(self) -> dict[str, str]:
        """Return what is known."""
        return {name: value for name, value in asdict(self).items() if value}


async def profile_of(request: SlackRequest, user_id: str) -> Profile | None:
    """Return the profile of an account; None if Slack does not answer."""
    if not user_id:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            answer = await request.client.users_info(user=user_id)
    except SLACK_ERRORS as error:
        log.info("the account was not looked up", error=type(error).__name__)
        return None
    profile = answer["user"].get("profile") or {}
    name = profile.get("real_name") or answer["user"].get("real_name") or ""
    return Profile(name[:50], profile.get("email") or "")


async def filled_contact(request: SlackRequest, begun: StoreForm, account: str) -> tuple[StoreForm, list[str]]:
    """Fill name and address of the account chosen in the open form into it; return the form and the fields that changed.

    What was typed by hand stays: a field is replaced only if it is empty, stands as in `begun`, the form before this step,
    or holds what the account chosen before (`account`) has brought.
    """
    form = merge_step(2, begun, read_open_fields(request.view))
    chosen, before = await asyncio.gather(
        profile_of(request, form.contact_user), profile_of(request, account if account != form.contact_user else "")
    )
    if chosen is None:
        return form, []
    known = {"": "", **(before.fields() if before else {})}
    values = {
        name: value
        for name, value in chosen.fields().items()
        if getattr(form, name) in ("", getattr(begun, name), known.get(name)) and getattr(form, name) != value
    }
    return form.model_copy(update=values), list(values)
