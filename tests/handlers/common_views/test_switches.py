"""The offer to turn on what stands in the way."""

import json

import pytest

from handlers.common_views.switches import switch_off_notice
from handlers.samples.fixtures import store
from handlers.texts import Texts
from tests.handlers.drawing import OWNER, READER
from tmon.models.stores import ApiGroup
from tmon.stores.switches import SwitchOff


@pytest.mark.parametrize("group", [None, *ApiGroup])
def test_a_refusal_offers_to_turn_it_on_to_those_who_manage(t: Texts, group: ApiGroup | None) -> None:
    for person, offered in ((OWNER, True), (READER, False)):
        assert ("switches.turn_on" in json.dumps(switch_off_notice(t, person, SwitchOff(store(), group)))) is offered
