"""The Slack side of `greetings`: a subcommand, a modal, a renderer, a word for `/tmon collect`, texts beside it."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from handlers.blocks import Block, input_block, modal, section, text_input
from handlers.feature import CollectWord, Sample, SlackFeature
from handlers.form_values import read_form
from handlers.payloads import Payload, decode, encode
from handlers.rendering import RenderedMessage, renders
from handlers.request import SlackRequest
from handlers.subcommands import Subcommand, named_store
from handlers.texts import Texts, mention
from tests.flows.demo.greetings import GREETINGS, Greeting, GreetingService
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage


class GreetingView(StrEnum):
    """Its modal."""

    FORM = "greeting.form"


class GreetingRef(Payload):
    """The store whose channel is greeted."""

    store: str


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon greet [store]`."""
    store = await named_store(request, rest)
    await request.show(form(request.t, GreetingRef(store=store.id), store.name))


async def submitted(request: SlackRequest) -> None:
    """The form was sent."""
    name = read_form(request.view)["name"].strip()
    if not name:
        raise AppError("greetings.whom", field="name")
    ref = decode(GreetingRef, request.view["private_metadata"])
    await request.services[GreetingService].greet(request.team_id, ref.store, name, by=request.user_id)
    await request.ack()


def form(t: Texts, ref: GreetingRef, store: str) -> Block:
    """The form."""
    return modal(
        t("greetings.title"),
        [
            section(t.md("greetings.ask", store=store)),
            input_block("name", t("greetings.name"), text_input(max_length=40)),
        ],
        callback_id=GreetingView.FORM,
        close=t("common.close"),
        submit=t("greetings.send"),
        metadata=encode(ref),
    )


@renders(Greeting)
async def render(services: Services, row: OutboxMessage, greeting: Greeting, t: Texts) -> RenderedMessage:
    """The message in the channel."""
    return RenderedMessage.of_text(t.md("greetings.hello", by=mention(greeting.by), name=greeting.name))


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """What a run of the collector read."""
    return t("greetings.read", n=counts["read"])


def samples(t: Texts) -> Iterator[Sample]:
    """The form and the message."""
    yield "greeting form", form(t, GreetingRef(store="st_1"), "한빛리빙")
    hello: dict[str, Any] = {"text": t.md("greetings.hello", by=mention("U1"), name="*")}
    yield "greeting", {**hello, "blocks": [section(hello["text"])]}


FEATURE = SlackFeature(
    name="greetings",
    subcommands=(Subcommand("greet", ("인사",), command, on_home=9),),
    submissions={GreetingView.FORM: submitted},
    collect_words=(CollectWord(GREETINGS, ("greetings", "인사"), counts_text),),
    texts=Path(__file__).with_name("texts.toml"),
    renderers=(render,),
    samples=samples,
)
