"""Every sentence that the code asks for exists in both languages with every plural, and none lies about unused."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from handlers import texts
from handlers.features import FEATURES, complete, subcommands
from handlers.samples.fixtures import MOMENT
from handlers.subcommands import Group
from handlers.texts import LANGUAGES, LOCALES, Markup, Plural, Sentence, Texts, catalog, entries, escape, mention
from tests.clock import MovableClock
from tests.handlers.admin.test_views import recorded_actions
from tmon.claims.writes import RULES
from tmon.clock import KST
from tmon.codes.reasons import SELLERS_CANCEL
from tmon.dashboard.checklist import Milestone
from tmon.errors import state_key
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.listings.sheet.form import note_names
from tmon.models.claims import ClaimEnd, ClaimKind
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause
from tmon.models.orders import OrderState
from tmon.models.products import ExtensionState
from tmon.models.stores import ApiGroup, ConfirmMode
from tmon.models.writes import WriteStep
from tmon.permissions import Permission
from tmon.stock.summary import UnsyncedReason
from tmon.stores.connection_check import Mark

ROOT = Path(texts.__file__).parents[1]
SECTIONS = {key.partition(".")[0] for key in entries()}
KEY = re.compile(rf"({'|'.join(sorted(SECTIONS))})\.[a-z0-9_]*")
ELSEWHERE = ("tmon/api", "bot/playground/tmon")
"""Ids and names of calls, which only look like keys."""
ALL = complete(FEATURES)
KINDS = {collector.kind for feature in DOMAIN_FEATURES for collector in feature.collectors}
WORDS = subcommands(ALL)
NAMED: dict[str, set[str]] = {
    "admin.language": {*LANGUAGES},
    "admin.did": {action.replace(".", "_") for action in recorded_actions()},
    "calendar.short": {*"0123456"},
    "calendar.weekday": {*"0123456"},
    "claims.act": {f"{kind}_{act}" for kind, act in RULES},
    "claims.collection": {"R1", "R2", "R3"},
    "claims.detail": {"hold", "reject"},
    "claims.did": {f"{kind}_{act}" for kind, act in RULES},
    "claims.kind": {kind.name for kind in ClaimKind},
    "claims.over": {"C2", "C3", "C4", "C8", "C9", "unknown"},
    "claims.reason": {"hold", "reject"},
    "claims.request": {kind.name for kind in ClaimKind},
    "claims.sold_out_ended": {WriteStep.DONE.value, WriteStep.FAILED.value, WriteStep.UNKNOWN.value},
    "claims.sold_out_reason": {*SELLERS_CANCEL},
    "claims.state": {"C1", "C2", "C3", "C4", "C8", "C9", "acting", "held", "not_offered", "other", "unknown_fate"},
    "collect.what": {word.kind for feature in ALL for word in feature.collect_words},
    "help.group": {*Group},
    "help.run": {"orders", "cs", "status"},
    "help": {word.english for word in WORDS},
    "home.go": {word.english for word in WORDS if word.on_home is not None or word.on_store is not None}
    | {word for feature in ALL for word in feature.tasks.values()}
    | {"orders"},
    "home.task": {one.name for feature in DOMAIN_FEATURES for one in feature.attention},
    "incidents.closed": KINDS - {ORDERS} | {Cause.DATA_KEY},
    "incidents.name": KINDS,
    "incidents.open": KINDS - {ORDERS} | {Cause.DATA_KEY},
    "inquiries.state": {"writing"},
    "listing_sheet.no_policy": {"store", "operator"},
    "listing_sheet.note": {*note_names()},
    "reports.state": {*OrderState},
    "stores.failing": KINDS,
    "stores.kind": KINDS,
    "stores.not_offered": KINDS,
    "stores.told_not_offered": KINDS,
    "settings.effect": {f"{name}_{end}" for name in ("sync", *ApiGroup) for end in ("on", "off")}
    | {"sync_begin", "order_begin"},
    "settings.effect_mode": {*ConfirmMode},
    "switches.off": {*ApiGroup},
}
"""States that no enum carries, and those whose keys are made in `tmon`, by the prefix of their sentences."""
_NAMED_ENDS = (ClaimEnd.AUTO_REFUNDED, ClaimEnd.GIVEN_UP, ClaimEnd.GONE, ClaimEnd.SOLD_OUT)
WITHOUT_WORDS = {
    ("stores.right_requested", Permission.VIEW),  # every member may see
    ("incidents.why", Cause.AREA),  # its error says why
    ("incidents.name", Cause.AREA),  # it is called by its area
    ("products.state", ExtensionState.FAILED),  # its note says why
    ("products.state", ExtensionState.SKIPPED),
    ("stock.why", UnsyncedReason.MAPPED),
    ("checks", Mark.FAILED),  # the error says why
    ("steps.button", Milestone.KEY),  # the button that mends a key
    *(("claims.end", end) for end in ClaimEnd if end not in _NAMED_ENDS),  # their state says it
}
"""States about which nothing is said by their name."""
IN_KOREAN = {"admin.language_ko"}
"""A language is called by its own name."""
LONE_SPACE = {"orders.more_deals"}
"""Sentences that begin with a blank, because they follow another."""

COUNTED_NOUN = re.compile(r"\{(n|count|total|used)\b[^{}]*\}\*? ([\w-]+ )?(?!(as|is|has|was)\b)[A-Za-z]+s\b")
ALWAYS_SEVERAL = {"orders.reminder_batch", "incidents.reach"}


class StatesSeen(Texts):
    """Notes which enum is looked up with which prefix."""

    def __init__(self, language: str) -> None:
        super().__init__(language, lambda: MOMENT, KST)
        self.enums: dict[str, set[Enum]] = defaultdict(set)

    def of(self, prefix: str, state: str, **values: Any) -> str:
        self._note(prefix, state)
        return super().of(prefix, state, **values)

    def md_of(self, prefix: str, state: str, **values: Any) -> str:
        self._note(prefix, state)
        return super().md_of(prefix, state, **values)

    def _note(self, prefix: str, state: str) -> None:
        if isinstance(state, Enum):
            self.enums[prefix] |= {*type(state)}


def trees() -> Iterator[ast.Module]:
    """Every module that may name a sentence."""
    for package in ("handlers", "tmon", "bot"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "ids.py" and not any(path.is_relative_to(ROOT / other) for other in ELSEWHERE):
                yield ast.parse(path.read_text())


@cache
def asked_for() -> tuple[set[str], set[str], set[str]]:
    """What the code names: keys, prefixes of states, and keys that are put together by hand."""
    whole, prefixes, by_hand = set(), set(), set()
    for tree in trees():
        skip = set()
        for node in ast.walk(tree):
            match node:
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), _, *_] as parts) if KEY.fullmatch(text):
                    by_hand.add(text)
                    skip |= {id(part) for part in parts}
                case ast.JoinedStr(values=parts):
                    skip |= {id(part) for part in parts}
                case ast.Call(
                    func=ast.Attribute(attr="of" | "md_of") | ast.Name(id="state_key"),
                    args=[ast.Constant(value=str(text)) as first, _],
                ):
                    prefixes.add(text)
                    skip.add(id(first))
                case ast.Constant(value=str(text)) if id(node) not in skip and KEY.fullmatch(text):
                    whole.add(text)
    return whole, prefixes, by_hand


@cache
def drawn_states() -> dict[str, set[Enum]]:
    """By prefix the members of the enums that samples look up."""
    t = StatesSeen("ko")
    for feature in ALL:
        for _ in feature.samples(t):
            pass
    return t.enums


def forms(sentence: Sentence) -> dict[str, str]:
    return {"other": sentence} if isinstance(sentence, str) else dict(sentence.forms)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def used() -> set[str]:
    """All keys that the code asks for."""
    whole, prefixes, _ = asked_for()
    return whole | {
        state_key(prefix, str(state))
        for prefix in prefixes
        for state in drawn_states().get(prefix, set()) | NAMED.get(prefix, set())
        if (prefix, state) not in WITHOUT_WORDS
    }


SENTENCES = [(key, language, sentence) for language in LANGUAGES for key, sentence in catalog(language).items()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_is_asked_for_exists(language: str) -> None:
    assert used() - catalog(language).keys() == set()


def test_no_sentence_is_unused() -> None:
    assert entries().keys() - used() == set()


def test_no_key_is_put_together_by_hand() -> None:
    assert not asked_for()[2]


def test_states_are_those_of_an_enum_that_a_sample_draws_or_named_here() -> None:
    _, prefixes, _ = asked_for()
    assert prefixes - drawn_states().keys() - NAMED.keys() == set()
    assert NAMED.keys() - prefixes == set()


def test_both_languages_have_the_same_sentences() -> None:
    assert {
        key: entry.keys() - {"count"} for key, entry in entries().items() if entry.keys() - {"count"} != {*LANGUAGES}
    } == {}


def test_both_languages_fill_in_the_same() -> None:
    filled = {
        key: [placeholders(text) for language in LANGUAGES for text in forms(catalog(language)[key]).values()]
        for key in catalog("ko").keys() & catalog("en").keys()
    }
    assert {key: found for key, found in filled.items() if any(names != found[0] for names in found)} == {}


def test_a_sentence_with_a_count_has_every_plural() -> None:
    counted = [(key, language, one) for key, language, one in SENTENCES if isinstance(one, Plural)]
    for key, language, sentence in counted:
        assert sentence.forms.keys() == LOCALES[language].plural_form.tags | {"other"}, key
        assert all(sentence.count in placeholders(text) for text in sentence.forms.values()), key


def test_english_says_no_1_orders() -> None:
    plain = {key: one for key, one in catalog("en").items() if isinstance(one, str)}
    assert {key for key, sentence in plain.items() if COUNTED_NOUN.search(sentence)} == ALWAYS_SEVERAL


@pytest.mark.parametrize(
    ("n", "told"), [(0, "0 new SKUs"), (1, "1 new SKU"), (2, "2 new SKUs"), (12_300, "12,300 new SKUs")]
)
def test_a_count_chooses_the_plural(n: int, told: str) -> None:
    assert Texts("en", MovableClock(), KST)("stock.applied_new", n=n) == told
    assert Texts("ko", MovableClock(), KST)("stock.applied_new", n=n) == f"새 SKU {n:,}개"


@pytest.mark.parametrize(("count", "told"), [(1, "1 order is"), (2, "2 orders are")])
def test_an_entry_may_name_the_placeholder_that_chooses(count: int, told: str) -> None:
    assert Texts("en", MovableClock(), KST)("stores.orders_open", count=count, name="귤").startswith(told)


NOON = datetime(2026, 3, 10, 12, 0, tzinfo=KST)


@pytest.mark.parametrize(
    ("begin", "end", "told"),
    [
        (NOON, NOON + timedelta(seconds=20), "12:00(1분 미만)"),
        (NOON + timedelta(seconds=50), NOON + timedelta(seconds=70), "12:00~12:01(1분 미만)"),
        (NOON, NOON + timedelta(minutes=2), "12:00~12:02(2분)"),
        (NOON - timedelta(days=1), NOON - timedelta(hours=23), "3월 9일(월) 12:00~13:00(1시간)"),
        (NOON - timedelta(days=1), NOON, "3월 9일(월) 12:00~3월 10일(화) 12:00(1일)"),
        (NOON - timedelta(days=1), NOON - timedelta(days=1), "3월 9일(월) 12:00(1분 미만)"),
    ],
)
def test_a_span_names_each_day_once_and_today_not_at_all(begin: datetime, end: datetime, told: str) -> None:
    assert Texts("ko", MovableClock(NOON), KST).span(begin, end) == told


def test_no_sentence_is_empty_or_has_blanks_around_it() -> None:
    for key, _, sentence in SENTENCES:
        for text in forms(sentence).values():
            assert text.strip(), key
            assert text == text.strip() or key in LONE_SPACE, key


def test_english_has_no_korean_but_the_names_of_what_exists_in_korean_only() -> None:
    """Such as documents and TMON's own pages, in brackets beside the English words."""
    assert [
        (key, text)
        for key, sentence in catalog("en").items()
        for text in forms(sentence).values()
        if key not in IN_KOREAN
        if re.search(r"[가-힣]", re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text))
    ] == []


def test_two_files_cannot_define_one_key(tmp_path: Path) -> None:
    files = [tmp_path / f"{feature}.toml" for feature in ("cards", "lists")]
    for file in files:
        file.write_text('[cards.title]\nko = "카드"\nen = "Card"\n')
    with pytest.raises(ValueError, match=r"cards\.title"):
        entries.__wrapped__(*files)


def test_values_cannot_become_markup() -> None:
    t = Texts("ko", MovableClock(), KST)
    nasty = "<@U1> & <https://example.com|눌러>"
    assert t.md("common.tmon_said", message=nasty) == f"티몬: {escape(nasty)}"
    assert "<" not in escape(nasty)
    assert t.md("common.need_work", people=mention("U1", "U2")).count("<@U") == 2
    assert isinstance(mention("U1"), Markup)
