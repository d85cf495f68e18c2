"""Every sentence that the code asks for exists in both languages, and none lies about unused."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from handlers.features import FEATURES, complete, subcommands
from handlers.samples.fixtures import KINDS
from handlers.texts import LANGUAGES, Markup, Texts, catalog, escape, mention
from handlers.texts import __file__ as texts_file
from tests.clock import MovableClock
from tmon.api import SalesStatus
from tmon.clock import KST
from tmon.features import FEATURES as DOMAIN_FEATURES
from tmon.inquiries.collector import INQUIRIES
from tmon.models.collection import ORDERS
from tmon.models.incidents import Cause
from tmon.models.inquiries import Source
from tmon.models.products import ExtensionNote
from tmon.models.stores import ApiGroup, ConfirmMode
from tmon.stock.collector import STOCK
from tmon.stock.summary import SaleFlag, UnsyncedReason
from tmon.stores.connection_check import Mark, Step
from tmon.stores.contact_notice import NoticeState

ROOT = Path(texts_file).parents[2]
MODULES = {path.stem for path in (ROOT / "handlers" / "texts" / "ko").glob("*.py")} - {"__init__"}
KEY = re.compile(rf"({'|'.join(sorted(MODULES))})\.[a-z0-9_]*")
ELSEWHERE = ("handlers/texts/ko", "handlers/texts/en", "tmon/api", "bot/playground/tmon")
"""The catalogs themselves; and ids and names of calls, which only look like keys."""
BUILT: dict[str, set[str]] = {
    "orders.batch_": {"confirmed", "held", "cancelled"},
    "orders.report_": {"new", "auto_confirmed", "preparing", "confirmed_elsewhere", "changed", "cancelled"},
    "incidents.operator_": {Cause.VENDOR, Cause.TMON, Cause.DATA_KEY},
    "incidents.why_": {*Cause, "unavailable", "throttled", "rejected", "unexpected_answer", "failed"} - {Cause.AREA},
    "incidents.name_": {*Cause, *KINDS} - {Cause.AREA},
    "incidents.open_": {Cause.DATA_KEY, INQUIRIES, STOCK},
    "incidents.closed_": {Cause.DATA_KEY, INQUIRIES, STOCK},
    "collect.what_": {ORDERS, INQUIRIES},
    "inquiries.count_": {"new", "answered"},
    "inquiries.not_offered_": {*Source},
    "home.go_": {
        word.english
        for word in subcommands(complete(FEATURES))
        if word.on_home is not None or word.on_store is not None
    },
    "help.": {word.english for word in subcommands(complete(FEATURES))},
    "setup.": {*ConfirmMode},
    "settings.effect_": {f"{name}_{end}" for name in ("sync", *ApiGroup) for end in ("on", "off")}
    | {"sync_begin", "order_begin", "auto_max_amount", "auto_max_quantity"}
    | {"auto_max_amount_off", "auto_max_quantity_off"},
    "settings.effect_mode_": {*ConfirmMode},
    "home.task_": {one.name for feature in DOMAIN_FEATURES for one in feature.attention},
    "stores.kind_": {*KINDS},
    "stores.failing_": {*KINDS},
    "stores.not_offered_": {*KINDS},
    "stores.told_not_offered_": {*KINDS},
    "checks.": {Mark.PASSED, Mark.NOT_KNOWN},
    "checks.step_": {*Step},
    "checks.slack_": {*NoticeState},
    "checks.mail_": {*NoticeState},
    "stock.row_": {"stock", "safety", "low_at"},
    "stock.why_": {*UnsyncedReason} - {UnsyncedReason.MAPPED},
    "stock.sale_": {*SaleFlag},
    "products.status_": {status.lower() for status in SalesStatus},
    "products.state_": {"planned", "sent", "unknown", "done"},
    "products.note_": {*ExtensionNote},
    "switches.off_": {*ApiGroup},
    "switches.turn_on_": {*ApiGroup},
}
"""Keys that are put together in the code: what they begin with, and how they may end."""


def trees() -> Iterator[ast.Module]:
    """Every module that may name a sentence."""
    for package in ("handlers", "tmon", "bot"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "ids.py" and not any(path.is_relative_to(ROOT / other) for other in ELSEWHERE):
                yield ast.parse(path.read_text())


def asked_for() -> tuple[set[str], set[str]]:
    """Keys that stand in the code as a whole, and the beginnings of those that are put together."""
    whole, begun = set(), set()
    for tree in trees():
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            match node:
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), _, *_]) if KEY.fullmatch(text):
                    begun.add(text)
                case ast.Constant(value=str(text)) if id(node) not in parts and KEY.fullmatch(text):
                    whole.add(text)
    return whole, begun


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


WHOLE, BEGUN = asked_for()
USED = WHOLE | {start + end for start, ends in BUILT.items() for end in ends}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_is_asked_for_exists(language: str) -> None:
    assert USED - catalog(language).keys() == set()


def test_no_sentence_is_unused() -> None:
    assert catalog("ko").keys() - USED == set()


def test_keys_that_are_put_together_are_listed_here() -> None:
    assert BUILT.keys() == BEGUN


def test_both_languages_have_the_same_sentences() -> None:
    assert catalog("ko").keys() == catalog("en").keys()


@pytest.mark.parametrize("key", sorted(catalog("ko").keys() & catalog("en").keys()))
def test_both_languages_fill_in_the_same(key: str) -> None:
    korean, english = catalog("ko")[key], catalog("en")[key]
    assert placeholders(korean) == placeholders(english)
    assert korean == korean.strip(" ") or key == "orders.more_deals"
    assert english.strip()


@pytest.mark.parametrize("key", sorted(catalog("en")))
def test_english_has_no_korean_but_the_names_of_what_exists_in_korean_only(key: str) -> None:
    """Such as documents and TMON's own pages, in brackets beside the English words."""
    sentence = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", catalog("en")[key])
    assert re.findall(r"[가-힣]+", sentence) == []


def test_values_cannot_become_markup() -> None:
    t = Texts("ko", MovableClock(), KST)
    nasty = "<@U1> & <https://example.com|눌러>"
    assert t.md("common.tmon_said", message=nasty) == f"티몬: {escape(nasty)}"
    assert "<" not in escape(nasty)
    assert t.md("common.need_work", people=mention("U1", "U2")).count("<@U") == 2
    assert isinstance(mention("U1"), Markup)
