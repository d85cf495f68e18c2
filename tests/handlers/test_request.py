"""Where a view appears, and what a submission is answered: by what the person acted in."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock

import pytest
from slack_bolt.async_app import AsyncAck

from handlers.blocks import input_block, modal, text_input
from handlers.request import SlackRequest
from handlers.samples.fixtures import MOMENT
from handlers.texts import Texts
from tmon.api import Rejected
from tmon.clock import KST
from tmon.core import Services
from tmon.errors import AppError
from tmon.permissions import Person
from tmon.stores.fields import InvalidFields

FORM = modal(
    "양식",
    [input_block("no", "번호", text_input(max_length=9)), input_block("name~2", "이름", text_input(max_length=9))],
    callback_id="form",
    close="닫기",
)
MODAL = {**FORM, "id": "V1"}
OTHER = modal("다른", [], callback_id="other", close="닫기")


def request(view: dict[str, Any] | None, *, acknowledged: bool = True) -> Any:
    """A request from a message (`view` None) or from a view, on a client that records its calls."""
    t = Texts("ko", lambda: MOMENT, KST)
    answer = {"view": {"id": "V2"}}
    client = SimpleNamespace(**{f"views_{name}": AsyncMock(return_value=answer) for name in ("open", "push", "update")})
    made = SlackRequest(
        body={"trigger_id": "T", "view": view} if view else {"trigger_id": "T"},
        person=Person("T1", "U1"),
        t=t,
        channel_t=t,
        client=cast("Any", client),
        services=cast("Services", None),
        _ack=cast("AsyncAck", AsyncMock()),
    )
    if acknowledged:
        made.answered.set()
    return made


@pytest.mark.parametrize("view", [None, {"type": "home", "id": "V0"}])
@pytest.mark.parametrize("method", ["show", "push"])
async def test_a_view_opens_from_a_message_and_from_the_home_tab(view: dict[str, Any] | None, method: str) -> None:
    made = request(view)
    assert await getattr(made, method)(OTHER) == "V2"
    made.client.views_open.assert_awaited_once_with(trigger_id="T", view=OTHER)


async def test_show_in_a_modal_takes_its_place_and_push_lies_on_top() -> None:
    made = request(MODAL)
    assert await made.show(OTHER) == "V1"
    made.client.views_update.assert_awaited_once_with(view_id="V1", view=OTHER)
    assert await made.push(OTHER) == "V2"
    made.client.views_push.assert_awaited_once_with(trigger_id="T", view=OTHER)


async def test_show_in_a_submission_is_its_acknowledgement_once() -> None:
    made = request(MODAL, acknowledged=False)
    assert await made.show(OTHER) == "V1"
    made._ack.assert_awaited_once_with(response_action="update", view=OTHER)
    assert await made.show(FORM) == "V1"
    made.client.views_update.assert_awaited_once_with(view_id="V1", view=FORM)


async def test_refuse_puts_each_error_below_its_field_or_below_the_first() -> None:
    made = request(MODAL, acknowledged=False)
    gone, name = AppError("common.store_gone", field="elsewhere"), AppError("common.no_stores", field="name")
    assert await made.refuse(InvalidFields({"elsewhere": gone, "name": name}))
    errors = {"no": made.t("common.store_gone"), "name~2": made.t("common.no_stores")}
    made._ack.assert_awaited_once_with(response_action="errors", errors=errors)


async def test_refuse_keeps_tmons_words_as_they_are_and_within_bounds() -> None:
    made = request(MODAL, acknowledged=False)
    assert await made.refuse(Rejected("deals", message="A & B " * 1000))
    [text] = made._ack.await_args.kwargs["errors"].values()
    assert "A & B" in text
    assert len(text) == 2000


async def test_refuse_without_a_field_answers_nothing() -> None:
    made = request({**OTHER, "id": "V1"}, acknowledged=False)
    assert not await made.refuse(AppError("common.store_gone"))
    assert not made.answered.is_set()


@pytest.mark.parametrize(("seconds", "shows"), [(0.0, 0), (0.05, 1)])
async def test_progress_is_shown_once_and_only_for_what_takes_long(seconds: float, shows: int) -> None:
    async def work() -> str:
        await asyncio.sleep(seconds)
        return "done"

    show = AsyncMock()
    assert await request(MODAL).with_progress(work(), show, after=0.02) == "done"
    assert show.await_count == shows
