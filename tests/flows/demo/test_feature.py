"""A feature that the product does not know, built from the two manifests alone: everything finds it by itself."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view
from handlers.features import FEATURES as SLACK_FEATURES
from handlers.home.ids import HomeAction
from handlers.texts import LANGUAGES, Texts
from tests.clock import MovableClock
from tests.flows.cards import posted, told
from tests.flows.demo import greetings, greetings_face
from tests.flows.world import World, world_on
from tmon.clock import KST
from tmon.features import FEATURES as DOMAIN_FEATURES


@pytest.fixture
async def world(database_url: str, encryption_key: str, clock: MovableClock, engine: str) -> AsyncIterator[World]:
    """The world with one more feature."""
    features = ((*DOMAIN_FEATURES, greetings.FEATURE), (*SLACK_FEATURES, greetings_face.FEATURE))
    async with world_on(database_url, encryption_key, clock, features, engine=engine) as made:
        yield made


async def greet(world: World, name: str) -> Any:
    """Types a name into the form and sends it."""
    acted = await world.slack.submit(MINJI, world.modal(MINJI).id, {"name": name})
    await world.settle()
    return acted


@pytest.mark.parametrize("word", ["greet", "인사"])
async def test_the_word_opens_a_form_that_posts_a_message(world: World, word: str) -> None:
    await world.add_store(registered_by=MINJI)
    await world.command(MINJI, word)
    assert (await greet(world, " ")).errors == {"name": "이름을 적어 주세요."}
    assert (await greet(world, "<!here>")).ok
    assert world.slack.open_modal(MINJI) == []
    (message,) = await posted(world, "greeting/")
    assert message.text == f"👋 <@{MINJI}> 님이 &lt;!here&gt; 님에게 인사합니다."


async def test_the_collector_runs_when_it_is_due_and_obeys_its_switch(world: World) -> None:
    await world.add_store()
    await world.add_store(partner=1, product_on=False)
    names = [job.name for job in world.bot.jobs]
    await world.bot.jobs[names.index("collect greetings")].run()
    await world.bot.engine.drain()
    assert len(world.tmon.calls_of("categories")) == 1


async def test_it_is_collected_by_hand(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await world.command(MINJI, "collect 인사")
    assert "카테고리 " in told(world, MINJI, world.channel("주문").id)[-1]


async def test_it_stands_in_the_help_in_the_persons_language(world: World) -> None:
    await world.command(JUNHO, "help")
    await world.command(DANIEL, "help")
    for user, line in ((JUNHO, "채널에서 인사합니다"), (DANIEL, "says hello in the channel")):
        shown = [m for c in world.slack.channels for m in world.slack.messages(c, user) if m.ephemeral_for == user]
        assert line in str(shown[-1].blocks)


async def test_its_button_on_the_home_tab_opens_the_form(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await world.slack.open_home(MINJI)
    await world.settle()
    home = world.slack.home(MINJI)
    assert home is not None
    await world.slack.click(MINJI, view_id=home.id, action_id=f"{HomeAction.GO}#greet")
    await world.settle()
    assert world.modal(MINJI).callback_id == greetings_face.GreetingView.FORM


async def test_status_says_when_it_was_collected(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await world.collect(greetings.GREETINGS)
    await world.command(MINJI, "status")
    assert "인사말" in str(world.modal(MINJI).blocks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_samples_are_what_slack_takes(language: str) -> None:
    t = Texts(language, MovableClock(), KST, [greetings_face.FEATURE.texts] if greetings_face.FEATURE.texts else [])
    for _, payload in greetings_face.samples(t):
        complaints = check_view(payload, "modal") if "type" in payload else check_message_blocks(payload["blocks"])
        assert complaints == []
