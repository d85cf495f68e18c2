"""Decoding of answers: what is taken out of texts, and what is refused before it takes memory."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.api.decoding import MAX_BYTES, OUT_OF_RANGE, Undecodable, clean, decode

HARMFUL = [chr(code) for code in (*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HARMFUL += ["\u200e", "\u200f", "\u061c", "\ufeff", "\ud83d", "\ude00", "\udfff"]
HARMFUL = [character for character in HARMFUL if character not in "\t\n\r"]


@pytest.mark.parametrize("character", HARMFUL, ids=lambda character: f"U+{ord(character):04X}")
@pytest.mark.parametrize("escaped", [True, False])
def test_characters_that_no_text_needs_are_left_out(character: str, escaped: bool) -> None:
    document = json.dumps({f"이름{character}": [f"수건{character} 10장"]}, ensure_ascii=escaped)
    if not escaped and (ord(character) < 32 or 0xD800 <= ord(character) < 0xE000):
        return  # no JSON, or no UTF-8: those come escaped
    assert decode(document.encode()) == {"이름": ["수건 10장"]}


def test_half_a_character_in_bytes_spoils_its_text_only() -> None:
    assert decode(b'[{"a": "x\xed\xa0\xbdy"}, {"a": "ok"}]')[1] == {"a": "ok"}
    assert decode('[{"a": "수건", "b": "'.encode() + "수건".encode("cp949") + b'"}]')[0]["a"] == "수건"


def test_line_breaks_tabs_and_emoji_stay() -> None:
    assert decode(rb'["a\tb\r\nc\rd\u2028e", "\ud83d\ude00"]') == ["a\tb\nc\nd\ne", "😀"]
    assert clean("👨‍👩‍👧 가족") == "👨‍👩‍👧 가족"


@given(st.text())
def test_clean_text_can_be_stored_and_is_clean_for_good(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("number", ["9223372036854775808", "-9223372036854775809", "1" * 5000, "NaN", "-Infinity"])
def test_number_that_no_column_holds_leaves_the_rest_readable(number: str) -> None:
    assert decode(f'[{{"a": {number}}}, {{"a": 1}}]'.encode()) == [{"a": OUT_OF_RANGE}, {"a": 1}]


def test_the_largest_numbers_are_kept() -> None:
    assert decode(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!doctype html>", "page"),
        (b"maintenance", "no_json"),
        (b'[{"a": 1}', "truncated"),
        (b'[{"a": "x', "truncated"),
        (b"[1] [2]", "no_json"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"[" + b"{}," * 2_000_000 + b"1]", "too_large"),
        (b"[" + b"1," * 3_000_000 + b"1]", "too_large"),
    ],
    ids=lambda value: value[:10] if isinstance(value, bytes) else value,
)
def test_no_document(body: bytes, why: str) -> None:
    with pytest.raises(Undecodable) as caught:
        decode(body)
    assert caught.value.why == why


@pytest.mark.parametrize(
    "text", [r"\u0000" * (MAX_BYTES // 6), "\u202e" * (MAX_BYTES // 4), "가\\r" * (MAX_BYTES // 6)]
)
def test_cleaning_the_longest_answer_is_quick(text: str) -> None:
    begin = time.process_time()
    decode(f'["{text}"]'.encode())
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("spoiled", "read"),
    [
        (b'{"a": "x\ty\nz"}', {"a": "x\ty\nz"}),
        (b'{"a": "x\x00\x01y"}', {"a": "xy"}),
        (rb'{"a": "C:\dir \x41 \' \u12 \""}', {"a": "C:\\dir \\x41 \\' \\u12 \""}),
        (rb'{"a": "\ud800", "b\u0000": "\udc00\ud800"}', {"a": "", "b": ""}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_one_text_that_is_no_json_leaves_the_rest_readable(spoiled: bytes, read: object) -> None:
    assert decode(b'[{"a": 1}, ' + spoiled + b', {"a": "\\n"}]') == [{"a": 1}, read, {"a": "\n"}]


@pytest.mark.parametrize("levels", [90, 400, 3_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"]\\"[": ', b"}")])
def test_one_value_that_is_too_deep_leaves_the_rest_readable(levels: int, opening: bytes, closing: bytes) -> None:
    deep = opening * levels + b"7" + closing * levels
    found = decode(b'[{"a": "[\\"{"}, {"a": ' + deep + b'}, {"a": 2}, "' + b"x" * 50 + b'"]')
    assert found[0] == {"a": '["{'}
    assert found[2:] == [{"a": 2}, "x" * 50]


@pytest.mark.parametrize("before", ["\ufeff", "\ufeff\ufeff", "\u200b", "\r\n\u00a0"])
def test_marks_before_a_document_are_passed_over(before: str) -> None:
    assert decode(f'{before}[{{"a": 1}}]'.encode()) == [{"a": 1}]


@pytest.mark.parametrize("text", ["[" * (MAX_BYTES // 20), r"\"" * (MAX_BYTES // 4), r"\d" * (MAX_BYTES // 4)])
def test_repairing_the_longest_answer_is_quick(text: str) -> None:
    begin = time.process_time()
    with suppress(Undecodable):
        decode(f'[{"[" * 2_000}{"]" * 2_000}, "{text}"]'.encode())
    assert time.process_time() - begin < 5
