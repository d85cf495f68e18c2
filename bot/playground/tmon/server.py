"""HTTP server of the sandbox (docs/tmon-api.md, ch. 2 to 4, 13 and 17)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import NoReturn

from aiohttp import web

from bot.playground.tmon.call_log import CallPhase, LoggedCall
from bot.playground.tmon.claim_events import settle_overdue_claims
from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.faults import Mode
from bot.playground.tmon.models import Vendor
from bot.playground.tmon.routes import (
    addresses,
    claims,
    codes,
    deal_registration,
    deals,
    inquiries,
    orders,
    reviews,
    settlement,
    shipping,
    templates,
)
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.tokens import client_of
from tmon.clock_check import http_date

ROUTES: tuple[Route, ...] = (
    *codes.ROUTES,
    *addresses.ROUTES,
    *templates.ROUTES,
    *deals.ROUTES,
    *deal_registration.ROUTES,
    *orders.ROUTES,
    *shipping.ROUTES,
    *claims.ROUTES,
    *inquiries.ROUTES,
    *reviews.ROUTES,
    *settlement.ROUTES,
)

PROPOSED_CALLS = frozenset(route.name for route in ROUTES if route.proposed)
"""Names of calls whose path is only proposed and was never observed (docs/tmon-api.md, ch. 4 and 17)."""

WRITES = frozenset(route.name for route in ROUTES if route.method != "GET")
"""Names of calls that change something."""

_UNKNOWN = "존재하지 않는 API입니다."
_PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
_PAGES: dict[Mode, tuple[int, str]] = {
    "error_500": (500, "500 Internal Server Error"),
    "html_502": (502, "502 Bad Gateway"),
    "html_503": (503, "503 Service Temporarily Unavailable"),
}


class _NoAnswer(Exception):
    """Close the connection without a response."""


class TmonServer:
    """A running sandbox server, created by `serve`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = ""
        self._stopping = asyncio.Event()
        app = web.Application(middlewares=[self._attend])
        app.router.add_post("/oauth/token", self._token, name="token")
        for route in ROUTES:
            app.router.add_route(route.method, f"/api/{{vendorId}}{route.path}", self._handler(route), name=route.name)
        app.on_response_prepare.append(self._date)
        # No handler_cancellation: like real servers, finish a slow call even if the caller has disconnected.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def start(self, host: str, port: int) -> None:
        """Start to listen; port 0 picks a free one."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening and close all connections, including hanging calls."""
        self._stopping.set()
        await self._runner.cleanup()

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        """Answers bear the sandbox's time."""
        response.headers["Date"] = http_date(self.sandbox.clock())

    @web.middleware
    async def _attend(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Handle every call: log it, apply faults, write the response."""
        sandbox = self.sandbox
        call = LoggedCall(
            at=sandbox.clock(),
            name=request.match_info.route.name or "unknown",
            method=request.method,
            path=request.path,
            query=dict(request.query),
            partner_id=request.headers.get("X-Partner-Id"),
            body=await _body(request),
            host=request.host,
        )
        request[_CALL] = call
        sandbox.calls.append(call)
        if sandbox.on_call:
            await sandbox.on_call(call, CallPhase.RECEIVED)
        try:
            response = await self._with_faults(request, call, handler)
        except _NoAnswer:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        call.status = response.status
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:  # the caller has disconnected; the call stays in effect
            return response
        if sandbox.on_call:
            await sandbox.on_call(call, CallPhase.ANSWERED)
        return response

    async def _with_faults(
        self, request: web.Request, call: LoggedCall, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.Response:
        faults = self.sandbox.faults
        mode = None
        if faults.applies_to(call.name, call.partner_id):
            if faults.slow_seconds:
                await self._pause(faults.slow_seconds)
            mode = faults.consume_mode()
        match mode:
            case "down":
                raise _NoAnswer
            case "hang":
                await self._hang()
            case "throttled":
                headers = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
                return _json({"error": "요청 횟수를 초과했습니다. 잠시 후 다시 시도해 주세요."}, 429, headers)
            case "error_500_json":
                return _json({"error": faults.error_text}, 500)
            case "error_500" | "html_502" | "html_503":
                status, title = _PAGES[mode]
                return web.Response(status=status, text=_PAGE.format(title), content_type="text/html")
        if mode == "empty_without_effect":
            return web.Response()
        try:
            if call.name in faults.not_offered:
                raise ApiError(faults.not_offered_status, "Not Found")  # the web server's text, not a message of TMON
            response = await handler(request)
        except ApiError as error:
            response = _json(error.document, error.status)
        except web.HTTPNotFound:
            response = _json({"error": _UNKNOWN}, 404)
        except web.HTTPMethodNotAllowed:
            response = _json({"error": "지원하지 않는 HTTP 메서드입니다."}, 405)
        if not isinstance(response, web.Response):
            raise TypeError("a resource answers with a document")
        body = response.body if isinstance(response.body, bytes) else b""
        if call.name in faults.rewrites and response.status == 200:
            document = faults.rewrites[call.name](json.loads(body) if body else None)
            response.body = body = document if isinstance(document, bytes) else json.dumps(document).encode()
        match mode:
            case "hang_after_write":
                await self._hang()
            case "empty":
                response.body = b""
            case "truncated":
                response.body = body[: len(body) // 2]
        return response

    async def _pause(self, seconds: float) -> None:
        """Wait in real time; shutdown ends the wait."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        raise _NoAnswer

    async def _hang(self) -> NoReturn:
        """Hang until the server stops."""
        await self._stopping.wait()
        raise _NoAnswer

    async def _token(self, request: web.Request) -> web.Response:
        """`POST /oauth/token` in its three variants (docs/tmon-api.md, ch. 2.2)."""
        sandbox = self.sandbox
        vendor = client_of(request.headers.get("Authorization", ""), sandbox.vendors)
        if sandbox.faults.reject_vendor:
            raise ApiError(401, "invalid_client")
        body = request[_CALL].body
        grant = request.query.get("grant_type") or (body.get("grant_type") if isinstance(body, dict) else None)
        if grant != "client_credentials":
            raise ApiError(400, "unsupported_grant_type" if grant else "invalid_request")
        return _json(sandbox.tokens.issue(vendor))

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return self._act(route, request)

        return handle

    def _act(self, route: Route, request: web.Request) -> web.Response:
        """Authorize the request, then run its route. Not a coroutine: a call takes effect completely or not at all."""
        sandbox = self.sandbox
        vendor = self._vendor(request)
        if request.match_info["vendorId"] != vendor.vendor_id:
            raise ApiError(403, "접근 권한이 없는 연동사입니다.")
        partner = sandbox.partners.get(request.headers.get("X-Partner-Id", ""))
        if (
            partner is None
            or partner.token != request.headers.get("X-Partner-Token")
            or partner.partner_id in sandbox.faults.reject_partners
        ):
            raise ApiError(401, "유효하지 않은 파트너 정보입니다.")
        if route.method != "GET" and not route.bodyless:
            if request.content_type != "application/json":
                raise ApiError(415, "Content-Type은 application/json이어야 합니다.")
            if request[_CALL].body is None:
                raise ApiError(400, "요청 본문이 올바른 JSON이 아닙니다.")
        settle_overdue_claims(sandbox)
        authorized = AuthorizedRequest(
            vendor, partner, request.match_info, request.query, request[_CALL].body, sandbox.clock()
        )
        document = route.act(sandbox, authorized)
        request[_CALL].took_effect = route.method != "GET"
        return web.Response() if document is None else _json(document)

    def _vendor(self, request: web.Request) -> Vendor:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        vendor = self.sandbox.tokens.vendor_of(token) if scheme.lower() == "bearer" else None
        if vendor is None or self.sandbox.faults.reject_vendor:
            status = self.sandbox.faults.token_error_status
            raise ApiError(status, "invalid_token", error_description="Invalid access token")
        return vendor


_CALL = web.RequestKey("call", LoggedCall)


async def _body(request: web.Request) -> object:
    """The parsed body: JSON or form fields. None if there is none or it is a GET (docs/tmon-api.md, ch. 2.3)."""
    if request.method == "GET":
        return None
    try:
        if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
            return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        return json.loads(await request.read())
    except (ValueError, RecursionError):
        return None


def _json(document: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json", charset="utf-8", headers=headers)


async def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> TmonServer:
    """Serve `sandbox` over HTTP; port 0 picks a free one. Stop it with `await server.stop()`."""
    server = TmonServer(sandbox)
    await server.start(host, port)
    return server
