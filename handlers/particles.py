"""Korean particles: the form that fits is chosen by how the word before it is read aloud.

Sentences hold the tolerant form directly after a value, `{name}을(를)`. See docs/decisions/0008.
"""

import html
import re
import unicodedata
from enum import Enum


class Ending(Enum):
    """How a word ends when it is read aloud."""

    VOWEL = "vowel"
    CONSONANT = "consonant"
    RIEUL = "rieul"
    """On ㄹ: a consonant, but `으로` becomes `로`."""


PAIRS = {
    (consonant, vowel)
    for consonant, vowel in ("을를", "은는", "이가", "과와", ("아", "야"), ("이에요", "예요"), ("이었", "였"))
}
CHOICES = {f"{first}({second})": pair for pair in PAIRS for first, second in (pair, pair[::-1])}
"""By tolerant form, the particle after a consonant and after a vowel."""
PARTICLE = re.compile("|".join([*map(re.escape, CHOICES), r"\((?:이|으)\)(?=[가-힣])"]))
"""Tolerant forms: pairs, and a vowel that is only put in after a consonant: `(으)로`, `(이)라는`."""

LOOKED_AT = 300
"""How many characters before a particle are looked at."""
TAG = re.compile(r"<[@#!][^<>|]{1,80}(?:\|(?P<label>[^<>|]{0,80}))?>$|<[^<>|\s]{1,300}\|(?P<text>[^<>|]{0,80})>$")
EMOJI_NAME = re.compile(r":[a-z][a-z0-9_+-]{0,60}:$")
REMARK = re.compile(r"(?<=\S)\s?\([^()]{0,100}\)$")
"""Brackets after a word do not count: 수건(대)을, by the rule of the National Institute of Korean Language."""
LETTERS = re.compile(r"[A-Za-z]{1,60}$")
NUMBER = re.compile(r"[0-9][0-9,]{0,60}$")
SIGNS = {"%": Ending.VOWEL, "&": Ending.VOWEL, "+": Ending.VOWEL, "°": Ending.VOWEL, "℃": Ending.VOWEL}
"""Signs that are read: 퍼센트, 앤드, 플러스, 도."""
DIGITS = {
    **dict.fromkeys("2459", Ending.VOWEL),
    **dict.fromkeys("036", Ending.CONSONANT),
    **dict.fromkeys("178", Ending.RIEUL),
}
LETTER_NAMES = {"L": Ending.RIEUL, "R": Ending.RIEUL, "M": Ending.CONSONANT, "N": Ending.CONSONANT}
"""엘, 알, 엠, 엔; the names of all other letters end on a vowel."""
UNITS = {
    **dict.fromkeys(("g", "kg", "mg", "t"), Ending.CONSONANT),
    **dict.fromkeys(("m", "cm", "mm", "km", "l", "ml", "L", "mL", "GB", "MB", "KB", "TB"), Ending.VOWEL),
}
"""Units after a number: 그램, 톤; 미터, 리터, 바이트."""
WORDS = {
    **dict.fromkeys(("set", "kit", "check", "hub", "tub", "mug"), Ending.VOWEL),
    **dict.fromkeys(("type", "bag", "big", "good"), Ending.CONSONANT),
}
"""Words that are not written in Hangul as their letters suggest: 세트, 체크, 타입, 백."""
SOUNDS = [
    (re.compile(r"(l|le)$"), Ending.RIEUL),  # 몰, 애플
    (re.compile(r"([mn]|[mn]e|mb|ng)$"), Ending.CONSONANT),  # 폼, 라인, 링
    (re.compile(r"(^|[^aeiou])([aeiou]|oo|ou)(ck|c|k)$"), Ending.CONSONANT),  # 슬랙, 북, 뮤직
    (re.compile(r"(^|[^aeiou])([aeiou]|ou)[tpb]$"), Ending.CONSONANT),  # 마켓, 숍, 웹
]
"""How Latin words end in Korean, first match; all others get a vowel: 스토어, 사이트, 뱅크."""


def choose_particles(text: str, before: str = "") -> str:
    """Put the right particles for the tolerant forms in `text`, a part of a sentence that follows `before`.

    Tolerant forms in `before` stay as they are. What cannot be read aloud keeps the tolerant form.
    """
    done, end = "", 0
    for found in PARTICLE.finditer(text):
        done += text[end : found.start()]
        done += _particle(found[0], ending(before + done))
        end = found.end()
    return done + text[end:]


def ending(text: str) -> Ending | None:
    """Tell how `text`, plain or mrkdwn, ends when it is read aloud; None if that cannot be known."""
    word = unicodedata.normalize("NFKC", html.unescape(text[-LOOKED_AT:]))[-LOOKED_AT:]
    while word:
        if tag := TAG.search(word):
            word = tag["label"] or tag["text"] or ""
            continue
        for skipped in (REMARK, EMOJI_NAME):
            word = skipped.sub("", word)
        if not word:
            return None
        if found := _read(word):
            return found
        if unicodedata.category(word[-1])[0] == "L":
            return None  # a letter of another script
        word = word[:-1]
    return None


def _particle(form: str, last: Ending | None) -> str:
    if last is None:
        return form
    if form == "(으)":
        return "으" if last is Ending.CONSONANT else ""
    if form == "(이)":
        return "" if last is Ending.VOWEL else "이"
    consonant, vowel = CHOICES[form]
    return vowel if last is Ending.VOWEL else consonant


def _read(word: str) -> Ending | None:
    """Tell how the last sign of `word` is read; None if it is silent or unknown."""
    last = word[-1]
    if "가" <= last <= "힣":
        return _final((ord(last) - ord("가")) % 28)
    if "ᄀ" <= last <= "ᄒ" or "ㄱ" <= last <= "ㅎ":
        return Ending.RIEUL if last in "ᄅㄹ" else Ending.CONSONANT  # called by its name: 기역, 리을
    if "ᅡ" <= last <= "ᅵ" or "ㅏ" <= last <= "ㅣ":
        return Ending.VOWEL
    if number := NUMBER.search(word):
        return _number(number[0].replace(",", ""))
    plain = "".join(sign for sign in unicodedata.normalize("NFD", word[-60:]) if not unicodedata.combining(sign))
    if letters := LETTERS.search(plain):
        return _letters(letters[0], plain[: letters.start()])
    return SIGNS.get(last)


def _final(index: int) -> Ending:
    """The ending of a syllable by the number of its final consonant."""
    return Ending.VOWEL if index == 0 else Ending.RIEUL if index == 8 else Ending.CONSONANT


def _number(digits: str) -> Ending:
    zeros = len(digits) - len(digits.rstrip("0"))
    if 12 <= zeros < 16 and zeros < len(digits):
        return Ending.VOWEL  # 조
    return DIGITS[digits[-1]]  # also 십, 백, 천, 만, 억: consonants


def _letters(word: str, before: str) -> Ending:
    if before[-1:].isdigit() and word in UNITS:
        return UNITS[word]
    if any(small.islower() for small in word) and word[-1].isupper():
        word = re.split("[a-z]", word)[-1]  # iOS, TypeA
    spelled = not re.search("[aeiouy]", word.lower()) or len(word) == 1 or (word.isupper() and len(word) <= 3)
    if spelled:
        return LETTER_NAMES.get(word[-1].upper(), Ending.VOWEL)
    word = re.split("(?=[A-Z])", word)[-1].lower() if not word.isupper() else word.lower()
    if word in WORDS:
        return WORDS[word]
    return next((sound for pattern, sound in SOUNDS if pattern.search(word)), Ending.VOWEL)
