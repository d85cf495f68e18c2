"""Buttons and menus inside the open form of a store, which stands in the setup and, part by part, in the settings."""

from handlers.form_values import read_form
from handlers.request import SlackRequest
from handlers.stores import settings, setup
from handlers.stores.ids import SetupView
from handlers.stores.setup_views import STEP_VIEWS
from tmon.models.stores import ConfirmMode

_STEPS: dict[str, int] = {view: step for step, view in STEP_VIEWS.items()}


async def show_more(request: SlackRequest) -> None:
    """Handle 더 보기: show the fields behind it."""
    await _redraw(request, more=True)


async def choose_mode(request: SlackRequest) -> None:
    """Handle a chosen way of 자동 발주확인: its limits belong to the automatic ones only."""
    typed = read_form(request.view)
    more = "auto_max_amount" in typed and typed.get("confirm_mode") != ConfirmMode.MANUAL
    await _redraw(request, more=more)


async def _redraw(request: SlackRequest, *, more: bool) -> None:
    step = _STEPS.get(request.view.get("callback_id", ""))
    if step is None:
        await settings.redraw(request, more=more)
    else:
        await setup.redraw(request, step, more=more)


async def choose_account(request: SlackRequest) -> None:
    """Handle a chosen 담당자 Slack 계정: bring the rest of the contact."""
    if request.view.get("callback_id") == SetupView.CONTACT:
        await setup.fill_contact(request)
    else:
        await settings.fill_contact(request)
