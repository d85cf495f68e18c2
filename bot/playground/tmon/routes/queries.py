"""Strict readers for query strings (docs/tmon-api.md, ch. 3, 9.2, 10.1, 11.1)."""

from collections.abc import Container
from datetime import date, datetime, timedelta

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.routes.request import AuthorizedRequest
from bot.playground.tmon.wire import parse_day, parse_moment, parse_number

PAGE_SIZE = 100
_LONGEST_WINDOW = timedelta(days=7)
_ORDER_REST = timedelta(minutes=30)


def _single(request: AuthorizedRequest, name: str) -> str:
    values = request.query.getall(name, [])
    if len(values) != 1:
        raise ApiError(400, f"{name} 값을 한 개 입력해 주세요.")
    return values[0]


def one_of(request: AuthorizedRequest, name: str, allowed: Container[str], listed: str) -> str:
    """The parameter, which must be one of `allowed`. Raises ApiError (400) that lists them."""
    value = _single(request, name)
    if value not in allowed:
        raise ApiError(400, f"{name}는 {listed} 중 하나여야 합니다.")
    return value


def window(request: AuthorizedRequest, *, rested: bool) -> tuple[datetime, datetime]:
    """`startDate` and `endDate`, both inclusive, at most 7 days apart. Raises ApiError (400) that names the rule.

    `rested`: order lists reject an `endDate` less than 30 minutes ago. Exactly 30 minutes is accepted ("at least 30
    min in the past", ch. 9.2).
    """
    start, end = (_moment(request, name) for name in ("startDate", "endDate"))
    if start > end:
        raise ApiError(400, "startDate는 endDate보다 늦을 수 없습니다.")
    if end - start > _LONGEST_WINDOW:
        raise ApiError(400, "조회 기간은 최대 7일까지 가능합니다.")
    if rested and end > request.now - _ORDER_REST:
        raise ApiError(400, "endDate는 현재 시각보다 30분 이상 이전이어야 합니다.")
    return start, end


def days(request: AuthorizedRequest) -> tuple[date, date]:
    """`startDate` and `endDate` as Korean dates, both inclusive, at most 7 apart. Raises ApiError (400)."""
    start, end = (day(request, name) for name in ("startDate", "endDate"))
    if start > end:
        raise ApiError(400, "startDate는 endDate보다 늦을 수 없습니다.")
    if end - start > _LONGEST_WINDOW:
        raise ApiError(400, "조회 기간은 최대 7일까지 가능합니다.")
    return start, end


def day(request: AuthorizedRequest, name: str) -> date:
    """A Korean date. Raises ApiError (400)."""
    found = parse_day(_single(request, name))
    if found is None:
        raise ApiError(400, f"{name}는 yyyy-MM-dd 형식이어야 합니다.")
    return found


def _moment(request: AuthorizedRequest, name: str) -> datetime:
    moment = parse_moment(_single(request, name))
    if moment is None:
        raise ApiError(400, f"{name}는 yyyy-MM-dd'T'HH:mm:ss 형식이어야 합니다.")
    return moment


def page_of(request: AuthorizedRequest, items: list[dict[str, object]], size: int = PAGE_SIZE) -> dict[str, object]:
    """The requested page of `size` items; by default the first. Raises ApiError (400)."""
    page = page_number(request)
    start = (page - 1) * size
    return {"items": items[start : start + size], "hasNext": len(items) > start + size}


def page_size(request: AuthorizedRequest) -> int:
    """The page size `per`, for lists that support it. Raises ApiError (400)."""
    size = parse_number(request.query.get("per", str(PAGE_SIZE)))
    if not size or size > PAGE_SIZE:
        raise ApiError(400, f"per는 1 이상 {PAGE_SIZE} 이하의 숫자여야 합니다.")
    return size


def page_number(request: AuthorizedRequest) -> int:
    """The page number `page`, by default 1. Raises ApiError (400)."""
    page = parse_number(request.query.get("page", "1"))
    if not page:
        raise ApiError(400, "page는 1 이상의 숫자여야 합니다.")
    return page


def path_number(request: AuthorizedRequest, name: str) -> int:
    """A number in the path. Raises ApiError (400)."""
    number = parse_number(request.path[name])
    if number is None:
        raise ApiError(400, f"{name}는 숫자여야 합니다.")
    return number
