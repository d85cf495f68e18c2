"""The calls that bring a deal from what TMON has to what is wanted: the next one, and whether one has arrived. Pure functions."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from tmon import api
from tmon.listings.documents import ProductFacts, RemoteDeal, Values, Wanted
from tmon.listings.fields import F
from tmon.writes.remote_write import Truth


class Act(StrEnum):
    """A call to TMON. Stored; only added to."""

    REGISTER = "register"
    CHANGE = "change"
    ADD = "add_options"
    PERIOD = "period"
    DISPLAY = "display"
    PAUSE = "pause"
    RESUME = "resume"


COUNTED = frozenset({Act.REGISTER, Act.CHANGE, Act.ADD, Act.PERIOD})
"""Acts that count, or may count, against TMON's limit of calls per deal (docs/tmon-api.md, ch. 8.2)."""


class Step(BaseModel):
    """One call: its act, and exactly what it says."""

    act: Act
    values: Values = {}
    options: dict[str, dict[str, Any]] = {}
    """By `number_key`, then by the names of `O`."""
    grouped: bool = False
    """The deal has option groups; otherwise an option's only text is its title."""
    needs_permission: bool = False
    """As of `Wanted`."""
    first: bool = False
    """A registration before which none was tried: a deal that TMON has by then is not ours."""


def next_step(
    wanted: Wanted, product: ProductFacts, remote: RemoteDeal | None, kept: Mapping[F, Any], done: Collection[str]
) -> Step | None:
    """Return what to send next, after `done`; None: nothing is left. No act is sent again that TMON carried out."""
    raise NotImplementedError


def arrived(step: Step, product: ProductFacts, remote: RemoteDeal | None) -> Truth:
    """Return whether TMON carried out a step, by what it tells afterwards."""
    raise NotImplementedError


def new_deal(step: Step, product: ProductFacts, stocks: Mapping[str, int]) -> api.NewDeal:
    """Return the deal to be registered. `stocks`: what each option starts with, by `number_key`."""
    raise NotImplementedError


def deal_change(step: Step, product: ProductFacts) -> api.DealChange:
    """Return what a step changes."""
    raise NotImplementedError


def new_options(step: Step, product: ProductFacts, stocks: Mapping[str, int]) -> list[api.NewOption]:
    """Return the options to be added."""
    raise NotImplementedError
