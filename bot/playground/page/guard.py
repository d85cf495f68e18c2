"""Protection of the local page against other web sites.

Any site that is open in the same browser can reach a page on localhost. Three rules: the Host must be an IP address or
``localhost`` (stops DNS rebinding), requests that change something need this origin and a header that a foreign form cannot
send, and only our own files may run or be loaded (CSP).
"""

from __future__ import annotations

import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler

CONTENT_SECURITY_POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Reject foreign requests with 403 and set the security headers on every response."""
    if not _is_local_name(request.url.host or ""):
        raise web.HTTPForbidden(text="이 주소로는 열 수 없습니다.")
    if request.method not in ("GET", "HEAD"):
        own_origin = request.headers.get("Origin") == str(request.url.origin())
        if not own_origin or request.headers.get("X-Playground") != "1":
            raise web.HTTPForbidden(text="다른 사이트에서 온 요청입니다.")
    response = await handler(request)
    if not response.prepared:
        response.headers.update(_HEADERS)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return response


def _is_local_name(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
