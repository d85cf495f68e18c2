"""`python -m tests.bench.far_prepared STORES LATENCY`: a TMON for many sellers that sell nothing, with its answers prepared.

Each kind of question is answered by the playground's TMON once and from memory from then on, for whichever seller: so the far
side costs little beside what is measured. It prints its address. `/down` lets every question fail, `/up` ends that, `/example` is a question
whose answer is prepared.
"""

import asyncio
import re
import sys

from aiohttp import ClientSession, web

from bot.playground.tmon import DEMO_VENDOR, Sandbox, serve
from tests.bench.shop import bench_partner

_MOMENT = re.compile(r"\d{4}-?\d\d-?\d\d")
"""What differs from one question to the next and does not matter where nothing is sold."""
_PASSED_ON = ("Authorization", "X-Partner-Id", "X-Partner-Token", "Content-Type")

Answer = tuple[int, bytes, str]


class Prepared:
    """Answers by the kind of question."""

    def __init__(self, url: str, session: ClientSession, latency: float) -> None:
        self._url, self._session, self._latency = url, session, latency
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._is_down = False
        self._example = ""

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """Answers a question."""
        if request.path in ("/down", "/up"):
            self._is_down = request.path == "/down"
            return web.Response()
        if request.path == "/example":
            return web.Response(text=self._example)
        await asyncio.sleep(self._latency)
        if request.path == "/oauth/token":  # it is good for a while only
            return _response(await self._ask(request))
        if self._is_down:
            return web.Response(status=503)
        what = (
            request.method,
            request.path,
            *(f"{name}={value}" for name, value in request.rel_url.query.items() if not _MOMENT.match(value)),
        )
        if what not in self._answers:
            answer = await self._ask(request)
            if answer[0] != 200:
                return _response(answer)
            self._answers[what], self._example = answer, request.path_qs
        return _response(self._answers[what])

    async def _ask(self, request: web.BaseRequest) -> Answer:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        asked = self._session.request(
            request.method, f"{self._url}{request.path_qs}", headers=headers, data=await request.read()
        )
        async with asked as answer:
            return answer.status, await answer.read(), answer.content_type


def _response(answer: Answer) -> web.Response:
    status, body, kind = answer
    return web.Response(status=status, body=body, content_type=kind)


async def main(stores: int, latency: float) -> None:
    """Serves until killed."""
    sandbox = Sandbox()
    sandbox.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    for number in range(stores):
        partner = bench_partner(number)
        sandbox.partners[partner.partner_id] = partner
    behind = await serve(sandbox)
    async with ClientSession() as session:
        runner = web.ServerRunner(web.Server(Prepared(behind.url, session, latency)))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
