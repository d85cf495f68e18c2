"""Inquiries that wait, and what people press and type to answer them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import InteractionResult, Message, View
from bot.playground.tmon import BuyerQuestion, CsCase, Mode, new_cs_inquiry, new_question
from handlers.inquiries.ids import InquiryAction, InquiryView
from tests.flows.cards import action, posted
from tests.flows.inquiries.collecting import EVERY
from tests.flows.world import Scene, World
from tmon.inquiries.collector import INQUIRIES
from tmon.models.audit import Audit
from tmon.models.inquiries import AnswerDraft, Inquiry
from tmon.models.stores import Store
from tmon.models.writes import WriteRecord

WORDS = "내일 출고됩니다. 감사합니다."
REPLY, CS_ANSWER = "qnas.reply", "cs_inquiries.answer"


async def asked(world: World, *, store: Store | None = None, **how: Any) -> tuple[Store, BuyerQuestion]:
    """A store, and a question that is collected and stands on its card."""
    store = store or await world.add_store()
    world.clock.advance(EVERY)
    question = new_question(world.tmon, store.seller_id, **how)
    await world.collect(INQUIRIES)
    return store, question


async def cs_asked(world: World, *, store: Store | None = None, **how: Any) -> tuple[Store, CsCase]:
    """A store, and a CS inquiry that is collected and stands on its card."""
    store = store or await world.add_store()
    world.clock.advance(EVERY)
    inquiry = new_cs_inquiry(world.tmon, store.seller_id, **how)
    await world.collect(INQUIRIES)
    return store, inquiry


async def card(world: Scene) -> Message:
    """The current card."""
    return (await posted(world, "inquiries/"))[-1]


async def press(world: World, wanted: str, user: str | None = None) -> InteractionResult:
    """Presses the first button of the card that does `wanted`."""
    shown = await card(world)
    acted = await world.slack.click(
        user or world.owner, channel=shown.channel, ts=shown.ts, action_id=action(shown.blocks, wanted)
    )
    await world.settle()
    return acted


async def click(
    world: World, wanted: str, user: str | None = None, *, value: Any = None, values: Mapping[str, Any] | None = None
) -> InteractionResult:
    """Presses the first button, or chooses in the menu, that does `wanted` in the modal in front of somebody."""
    user = user or world.owner
    view = world.modal(user)
    names = fields(view)
    found = [element for block in view.blocks for element in (*block.get("elements", ()), block.get("element", {}))]
    acted = await world.slack.click(
        user,
        view_id=view.id,
        action_id=next(
            one["action_id"]
            for one in found
            if str(one.get("action_id", "")) == wanted or str(one.get("action_id", "")).startswith(f"{wanted}#")
        ),
        value=value,
        values={names[name]: typed for name, typed in (values or {}).items()},
    )
    await world.settle()
    return acted


async def open_form(world: World, user: str | None = None) -> View:
    """답변하기 on the card; the form that it opens."""
    await press(world, InquiryAction.ANSWER, user)
    view = world.modal(user or world.owner)
    assert view.callback_id == InquiryView.ANSWER, str(view.blocks)
    return view


async def send(world: World, values: Mapping[str, Any], user: str | None = None) -> InteractionResult:
    """Types by field name and sends the form in front of somebody."""
    user = user or world.owner
    view = world.modal(user)
    names = fields(view)
    acted = await world.slack.submit(user, view.id, {names[name]: value for name, value in values.items()})
    await world.settle()
    return acted


async def answer(world: World, user: str | None = None, **values: Any) -> InteractionResult:
    """Opens the form on the card, and sends it."""
    await open_form(world, user)
    return await send(world, {"content": WORDS, **values}, user)


async def close_all(world: Scene, user: str) -> None:
    """Closes the modals in front of somebody."""
    for view in reversed(world.slack.open_modal(user)):
        await world.slack.close(user, view.id)


def fields(view: View) -> dict[str, str]:
    """Block ids by the name of the field."""
    return {block["block_id"].partition("~")[0]: block["block_id"] for block in view.blocks if block["type"] == "input"}


def head(view: View) -> list[str]:
    """The title of a form, and the words of its submit button."""
    return [str(part["text"]) for part in (view.title, view.submit) if part is not None]


def labels(view: View) -> list[str]:
    """The labels of the inputs."""
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


def typed(view: View, name: str) -> Any:
    """What stands in a field."""
    return next(iter(view.state[fields(view)[name]].values()))


def fail(world: World, mode: Mode, call: str, text: str | None = None, times: int = 1) -> None:
    """The next calls of that name go wrong."""
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {call}, times
    if text is not None:
        faults.error_text = text


async def settle_later(world: World, after: timedelta = timedelta(minutes=6)) -> None:
    """The job that settles doubts, some time later."""
    world.clock.advance(after)
    await world.run_job("settle writes")
    await world.settle()


async def row(world: Scene, number: int, part: int = 0) -> Inquiry:
    """An inquiry as it is stored."""
    async with world.db.read() as session:
        found = await session.scalars(select(Inquiry).where(col(Inquiry.number) == number, col(Inquiry.part) == part))
        return found.one()


async def drafts(world: Scene) -> list[AnswerDraft]:
    """The drafts that are kept."""
    async with world.db.read() as session:
        return list(await session.scalars(select(AnswerDraft).order_by(col(AnswerDraft.user_id))))


async def writes(world: Scene) -> list[WriteRecord]:
    """Every write, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(WriteRecord).order_by(col(WriteRecord.created_at))))


async def audited(world: Scene) -> list[tuple[str, str]]:
    """Who did what with inquiries, oldest first."""
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).order_by(col(Audit.at)))
        return [(one.user_id, one.action) for one in rows if one.action.startswith("inquiry.")]
