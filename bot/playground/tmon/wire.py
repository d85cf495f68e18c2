"""Value formats of the wire (docs/tmon-api.md, ch. 3 and 14)."""

import base64
import re
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tmon.clock import KST

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def encrypt(text: str, key: str) -> str:
    """AES-128-ECB with PKCS#7 over UTF-8, in Base64, as TMON sends buyers' data (docs/tmon-api.md, ch. 14)."""
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key.encode("ascii")), modes.ECB()).encryptor()  # noqa: S305 -- TMON's choice
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def moment(at: datetime) -> str:
    """A time in Korea time without an offset; seconds are omitted if they are 00."""
    local = at.astimezone(KST)
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")


def without_absent(**fields: object) -> dict[str, object]:
    """An object without absent fields, which TMON omits instead of sending `null`."""
    return {name: value for name, value in fields.items() if value is not None}


def parse_moment(text: str) -> datetime | None:
    """Parse `yyyy-MM-dd'T'HH:mm:ss` as Korea time; None for anything else."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=KST).astimezone(UTC)
    except ValueError:
        return None


def parse_day(text: str) -> date | None:
    """Parse `yyyy-MM-dd`; None for anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_compact_day(text: str) -> date | None:
    """Parse `yyyyMMdd`; None for anything else."""
    return parse_day(f"{text[:4]}-{text[4:6]}-{text[6:]}") if len(text) == 8 else None


def parse_number(value: object) -> int | None:
    """Parse a number sent as JSON number or string (TMON accepts both); None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return None
