"""Who may act at all."""

import time

import pytest

from bot.playground.slack.demo import DANIEL, HANEUL, MINJI, ORDERS, OUTSIDER
from tests.flows.cards import told
from tests.flows.office import Office


@pytest.mark.parametrize("trouble", ["refuse", "break_down", "hang", "drop"])
async def test_slack_does_not_say_who_somebody_is(office: Office, trouble: str) -> None:
    faults = office.slack.faults
    if trouble == "refuse":
        faults.refuse("users.info", "internal_error", times=10)
    else:
        getattr(faults, trouble)("users.info", times=10)
    began = time.monotonic()
    acted = await office.press("fine")
    faults.clear()
    assert (acted.ok, acted.elapsed < 2.5) == (True, True), "before Slack has said it, or not"
    assert time.monotonic() - began < 3
    assert "Slack 응답이 늦어" in told(office, MINJI, ORDERS)[0]
    assert office.listeners.heard["press"] == 0
    await office.press("fine")
    assert office.listeners.heard["press"] == 1, "a failure is not remembered"


async def test_a_person_is_asked_about_once_for_minutes(office: Office) -> None:
    for _ in range(3):
        await office.press("fine")
    assert len(office.slack.calls_of("users.info")) == 1


@pytest.mark.parametrize("who", [OUTSIDER, HANEUL])
async def test_strangers_and_guests_are_turned_away(office: Office, who: str) -> None:
    acted = await office.press("fine", user=who)
    assert acted.ok
    assert office.listeners.heard["press"] == 0
    assert "쓸 수 없습니다" in told(office, who, ORDERS)[0]


@pytest.mark.parametrize("trait", ["is_bot", "deleted", "is_ultra_restricted"])
async def test_bots_and_those_who_left_are_turned_away(office: Office, trait: str) -> None:
    setattr(office.slack.people[DANIEL], trait, True)
    await office.press("fine", user=DANIEL)
    assert office.listeners.heard["press"] == 0
