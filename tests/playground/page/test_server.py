"""What the page serves, and to whom."""

from __future__ import annotations

from xml.etree import ElementTree

from aiohttp import ClientSession

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon import Sandbox
from tests.playground.page.visits import say


async def test_the_page_loads_and_runs_only_its_own_files(http: ClientSession, url: str) -> None:
    answer = await http.get(url)
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    page = await answer.text()
    assert "style=" not in page
    assert "<script>" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    for name in ("page.css", "page.js", "icon.svg"):
        assert (await http.get(f"{url}/static/{name}")).status == 200


async def test_nobody_reads_what_is_not_on_their_screen(http: ClientSession, url: str) -> None:
    unknown = await http.get(f"{url}/fragments/messages", params={"as": "U0NOBODY00", "in": ORDERS})
    assert unknown.status == 404
    answer = await http.post(f"{url}/act/close", **say(url) | {"json": {"as": MINJI, "view_id": "V0"}})  # type: ignore[arg-type]
    assert (await answer.json())["ok"] is False


async def test_the_link_of_a_mail_leads_to_the_conversation(http: ClientSession, url: str) -> None:
    answer = await http.get(f"{url}/archives/{ORDERS}/p1773104400000001")
    assert (answer.status, str(answer.url)) == (200, f"{url}/?in={ORDERS}")


async def test_pictures_come_from_the_sandbox(http: ClientSession, url: str, sandbox: Sandbox) -> None:
    deal = next(iter(sandbox.deals.values()))
    answer = await http.get(f"{url}/pictures", params={"url": deal.pictures[0]})
    assert (answer.status, answer.content_type) == (200, "image/svg+xml")
    drawn = ElementTree.fromstring(await answer.text())
    assert deal.title.split()[0] in "".join(drawn.itertext())
    other = await http.get(f"{url}/pictures", params={"url": "https://img.example.com/<b>&.jpg"})
    assert "<b>&.jpg" in "".join(ElementTree.fromstring(await other.text()).itertext())
    sandbox.faults.silent_image_hosts = {"example.com"}
    assert (await http.get(f"{url}/pictures", params={"url": "https://img.example.com/1.jpg"})).status == 404
