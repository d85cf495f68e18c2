"""Strict readers for fields of a JSON body (docs/tmon-api.md, ch. 3). Each reader raises ApiError (400)."""

from collections.abc import Collection, Mapping

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.wire import parse_number

Fields = Mapping[str, object]


def fields_of(value: object) -> Fields:
    """A JSON object; fields with `null` count as missing."""
    if not isinstance(value, dict):
        raise ApiError(400, "요청 본문이 올바른 JSON 객체가 아닙니다.")
    return {name: entry for name, entry in value.items() if entry is not None}


def rows(fields: Fields, name: str) -> list[Fields]:
    """An array of at least one object."""
    value = _given(fields, name)
    if not isinstance(value, list) or not value:
        raise ApiError(400, f"{name} 값을 한 개 이상 입력해 주세요.")
    return [fields_of(row) for row in value]


def text(fields: Fields, name: str, longest: int | None = None) -> str:
    """A text that is not blank, of at most `longest` characters."""
    return _text(_given(fields, name), name, longest)


def texts(fields: Fields, name: str, most: int, longest: int | None = None) -> list[str]:
    """An array of one to `most` texts that are not blank, of at most `longest` characters each."""
    value = _given(fields, name)
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise ApiError(400, f"{name} 값을 1개 이상 {most}개 이하로 입력해 주세요.")
    return [_text(item, name, longest) for item in value]


def one_of(fields: Fields, name: str, allowed: tuple[str, ...]) -> str:
    """A text that is one of `allowed`."""
    value = text(fields, name)
    if value not in allowed:
        raise ApiError(400, f"{name}은(는) {', '.join(allowed)} 중 하나여야 합니다.")
    return value


def number(fields: Fields, name: str, lowest: int = 0, highest: int = 10**18) -> int:
    """An integer, as a number or a string."""
    value = parse_number(_given(fields, name))
    if value is None:
        raise ApiError(400, f"{name}은(는) 숫자여야 합니다.")
    if not lowest <= value <= highest:
        limits = f"{lowest} 이상" if highest == 10**18 else f"{lowest} 이상 {highest} 이하"
        raise ApiError(400, f"{name}은(는) {limits}이어야 합니다.")
    return value


def flag(fields: Fields, name: str, default: bool | None = None) -> bool:
    """A boolean, as such or as a string. Required unless there is a `default`."""
    value = default if name not in fields and default is not None else _given(fields, name)
    match value:
        case True | "true":
            return True
        case False | "false":
            return False
    raise ApiError(400, f"{name}은(는) true 또는 false여야 합니다.")


def only(fields: Fields, allowed: Collection[str]) -> None:
    """Refuse fields that are not `allowed`: misspelt, or of another call."""
    for name in fields:
        if name not in allowed:
            raise ApiError(400, f"{name}은(는) 이 요청에서 사용할 수 없는 항목입니다.")


def _text(value: object, name: str, longest: int | None) -> str:
    if not isinstance(value, str):
        raise ApiError(400, f"{name}은(는) 문자열이어야 합니다.")
    if not value.strip():
        raise _missing(name)
    if longest is not None and len(value) > longest:
        raise ApiError(400, f"{name}은(는) {longest}자 이하여야 합니다.")
    return value


def _given(fields: Fields, name: str) -> object:
    if name not in fields:
        raise _missing(name)
    return fields[name]


def _missing(name: str) -> ApiError:
    return ApiError(400, f"{name}은(는) 필수 항목입니다.")
