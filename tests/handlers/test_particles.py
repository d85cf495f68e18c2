"""Korean sentences choose their particles as people read the words aloud, whatever the words are."""

import json
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.features import FEATURES, complete
from handlers.particles import CHOICES, PARTICLE, Ending, choose_particles, ending
from handlers.samples.fixtures import MOMENT
from handlers.texts import Plural, Texts, catalog, escape, fill
from tmon.clock import KST

KOREAN = [
    (key, text)
    for key, sentence in sorted(catalog("ko").items())
    for text in (sentence.forms.values() if isinstance(sentence, Plural) else [sentence])
]
PARTICLES = "을|를|은|는|이|가|와|과|으로|로|으로만|에서|에서는|에게|에|의|도|만|부터|까지|이라|라|이나|나|보다"
ENDS = r"(?=[\s.,!?)]|$)"
TOLERANT = r"을\(를\)|은\(는\)|이\(가\)|과\(와\)|와\(과\)|\(으\)|\(이\)"
MARKED = re.compile(rf"(\*[^*\n]+\*|`[^`\n]+`|(?<![A-Za-z0-9{{])_[^_\n]+_) ?(({PARTICLES}){ENDS}|{TOLERANT})")
APART = re.compile(rf"[A-Za-z0-9}}\]'\"] ({PARTICLES}){ENDS}|\s\(?(을\(|를\(|은\(|는\(|이\(|가\(|와\(|과\(|으\)|이\))")
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def drawn(t: Texts) -> list[tuple[str, str]]:
    return [
        (name, json.dumps(payload, ensure_ascii=False))
        for feature in complete(FEATURES)
        for name, payload in feature.samples(t)
    ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("한빛", "한빛을 한빛은 한빛이 한빛과 한빛으로 한빛이라는"),
        ("서울", "서울을 서울은 서울이 서울과 서울로 서울이라는"),
        ("한빛상회", "한빛상회를 한빛상회는 한빛상회가 한빛상회와 한빛상회로 한빛상회라는"),
        ("소담마켓 2", "소담마켓 2를 소담마켓 2는 소담마켓 2가 소담마켓 2와 소담마켓 2로 소담마켓 2라는"),
    ],
)
def test_each_particle_has_its_form(word: str, told: str) -> None:
    sentence = "{w}을(를) {w}은(는) {w}이(가) {w}와(과) {w}(으)로 {w}(이)라는"
    assert fill(sentence, {"w": word}) == told
    turned = "{w}를(을) {w}는(은) {w}가(이) {w}과(와) {w}(으)로 {w}(이)라는"
    assert fill(turned, {"w": word}) == told


@pytest.mark.parametrize(
    ("word", "last"),
    [
        *[(digit, Ending.VOWEL) for digit in "2459"],
        *[(digit, Ending.CONSONANT) for digit in "036"],
        *[(digit, Ending.RIEUL) for digit in "178"],
        ("10", Ending.CONSONANT),
        ("1,200", Ending.CONSONANT),
        ("3000", Ending.CONSONANT),
        ("40,000", Ending.CONSONANT),
        ("1,000,000,000,000", Ending.VOWEL),  # 일조
        ("9100200788", Ending.RIEUL),
        ("12.5", Ending.VOWEL),
        ("A-1", Ending.RIEUL),
        ("①", Ending.RIEUL),
        ("３", Ending.CONSONANT),
        ("30%", Ending.VOWEL),
        ("5kg", Ending.CONSONANT),
        ("500ml", Ending.VOWEL),
        ("3L", Ending.VOWEL),
    ],
)
def test_numbers_end_as_they_are_read(word: str, last: Ending) -> None:
    assert ending(word) is last


@pytest.mark.parametrize(
    ("word", "last"),
    [
        ("API", Ending.VOWEL),
        ("SKU", Ending.VOWEL),
        ("CS", Ending.VOWEL),
        ("URL", Ending.RIEUL),
        ("XML", Ending.RIEUL),
        ("html", Ending.RIEUL),
        ("USIM", Ending.CONSONANT),
        ("CRM", Ending.CONSONANT),
        ("PIN", Ending.CONSONANT),
        ("HR", Ending.RIEUL),
        ("L", Ending.RIEUL),
        ("M", Ending.CONSONANT),
        ("TypeA", Ending.VOWEL),
        ("Slack", Ending.CONSONANT),
        ("TMON", Ending.CONSONANT),
        ("Hanbit Mall", Ending.RIEUL),
        ("Apple", Ending.RIEUL),
        ("SALE", Ending.RIEUL),
        ("Sodam Market", Ending.CONSONANT),
        ("my shop", Ending.CONSONANT),
        ("web", Ending.CONSONANT),
        ("book", Ending.CONSONANT),
        ("iPhone", Ending.CONSONANT),
        ("design", Ending.CONSONANT),
        ("living", Ending.CONSONANT),
        ("Home", Ending.CONSONANT),
        ("store", Ending.VOWEL),
        ("center", Ending.VOWEL),
        ("bank", Ending.VOWEL),
        ("site", Ending.VOWEL),
        ("week", Ending.VOWEL),
        ("food", Ending.VOWEL),
        ("coffee", Ending.VOWEL),
        ("café", Ending.VOWEL),
        ("minji@example.com", Ending.CONSONANT),
        ("minji@example.co.kr", Ending.RIEUL),
        ("a@b.net", Ending.CONSONANT),
        ("재고.xlsx", Ending.VOWEL),
    ],
)
def test_latin_letters_end_as_koreans_read_them(word: str, last: Ending) -> None:
    assert ending(word) is last


@pytest.mark.parametrize(
    "word",
    [
        "한빛",
        "'한빛'",
        "*한빛*",
        "`한빛`",
        "“한빛”",
        "[한빛]",
        "「한빛」",
        "한빛!",
        "한빛 ",
        "한빛 🌸",
        "한빛♡",
        "한빛 :tada:",
        "한빛(대)",
        "한빛 (2호점)",
        "한빛\u200b",
        "한\u1107\u1175\u11be",
        "<https://a.kr|한빛>",
        "<#C1|한빛>",
        "(한빛)",
    ],
)
def test_what_is_not_read_aloud_does_not_count(word: str) -> None:
    assert choose_particles("을(를)", word) == "을"
    assert choose_particles("을(를)", escape(word) if "|" not in word else word) == "을"


def test_compatibility_and_decomposed_letters_are_read() -> None:
    assert ending("소\u1103\u1161\u11b7") is Ending.CONSONANT
    assert ending("ㄹ") is Ending.RIEUL
    assert ending("ㅏ") is Ending.VOWEL


@pytest.mark.parametrize("word", ["<@U123>", "<#C123>", "株", "🌸", "", "東京"])
def test_what_nobody_can_read_keeps_both(word: str) -> None:
    assert fill("{w}을(를)", {"w": word}) == f"{word}을(를)"
    assert fill("{w}(으)로", {"w": word}) == f"{word}(으)로"
    assert ending(word) is None


def test_particles_within_a_value_stay_as_they_are() -> None:
    assert (
        fill("'{name}'을(를) 지웁니다.", {"name": "책을(를) 파는 집(이)다"}) == "'책을(를) 파는 집(이)다'를 지웁니다."
    )


def test_counts_and_formats_are_read_as_they_are_written() -> None:
    assert fill("{n:,}은(는) {{없음}}", {"n": 12_300}) == "12,300은 {없음}"


def test_markup_is_read_as_people_see_it() -> None:
    t = Texts("ko", lambda: MOMENT, KST)
    assert t.md("help.unknown", word="A&B >") == "'A&amp;B &gt;'는 모르는 명령입니다."
    assert t("help.unknown", word="오더") == "'오더'는 모르는 명령입니다."


@given(word=ANY, rest=ANY)
@example(word="한빛", rest="을(를)")
@example(word="(" * 40, rest=")" * 40)
def test_any_word_gets_one_form_and_is_not_changed(word: str, rest: str) -> None:
    for form, forms in CHOICES.items():
        filled = fill("{word}" + form + " {rest}", {"word": word, "rest": rest})
        assert filled in {f"{word}{chosen} {rest}" for chosen in (*forms, form)}
    assert fill("{word}(으)로", {"word": word}) in {word + end for end in ("로", "으로", "(으)로")}


@given(
    st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), st.sampled_from(["", "'", "*", "!", " 🌸", "(1)"])
)
def test_every_syllable_follows_its_final_letter(syllable: str, after: str) -> None:
    final = (ord(syllable) - ord("가")) % 28
    assert choose_particles("이(가)", syllable + after) == ("이" if final else "가")
    assert choose_particles("(으)로", syllable + after) == ("로" if final in (0, 8) else "으로")


@pytest.mark.parametrize("noise", ["(", "!", "🌸", "<@U", "a", "9", ":a", "&lt;", "\u0301", "ﷺ"])
def test_long_values_take_no_time(noise: str) -> None:
    begun = time.process_time()
    ending(noise * 20_000)
    assert time.process_time() - begun < 0.25


def test_no_particle_follows_a_mark_or_stands_apart() -> None:
    """Slack shows no bold or code where a letter follows, and a particle belongs to its word."""
    assert [(key, found[0]) for key, text in KOREAN for kind in (MARKED, APART) for found in kind.finditer(text)] == []


def test_no_view_or_message_shows_both_forms() -> None:
    left = {name: PARTICLE.findall(shown) for name, shown in drawn(Texts("ko", lambda: MOMENT, KST))}
    assert {name: found for name, found in left.items() if found} == {}
