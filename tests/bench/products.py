"""A sheet of 200 products with 1,000 options: read in the child process and judged; then accepted and sent, as new ones and changed."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import DEMO_PARTNERS
from bot.playground.tmon.category_tree import leaf_called
from bot.playground.tmon.seed_shop import open_shop
from tests.bench.shop import shop
from tests.flows.listings.uploading import CREATE, UPDATE, know_choices, template_of
from tests.tmon.listings.sheets import FACTS, STORE_FACTS, book, deal, judged, option
from tmon.listings.documents import Kind
from tmon.listings.fields import F, O, part
from tmon.listings.runner import ProductRunner
from tmon.listings.sheet.layouts import LAYOUTS
from tmon.listings.sheet.reading import read_sheet
from tmon.listings.sheet.service import ListingSheets
from tmon.listings.uploads import ListingUploads
from tmon.models.listings import UploadSource
from tmon.permissions import Person
from tmon.spreadsheets.reader import SpreadsheetReader

DEALS, OPTIONS = 200, 5
LIMIT = 5.0
"""Seconds that reading and judging may take."""
DETAIL = "<p>가나다라마바사 아자차카타파하</p>\n" * 1_000
"""About as long as a cell of Excel takes."""


def rows() -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    for number in range(DEALS):
        name = f"A-{number}"
        yield (
            deal(name, **{F.DETAIL: f"{number}{DETAIL}"[:32_000]}),
            [option(name, f"{name}-{n}", **{part(O.SECTIONS, 2): f"{n}", O.PRICE: 10_000 + n}) for n in range(OPTIONS)],
        )


async def main() -> None:
    """Prints the seconds of each step, and what the memory of this process has grown by."""
    await _read_and_judge()
    await _send()


async def _read_and_judge() -> None:
    made = list(rows())
    data = book([product for product, _ in made], [one for _, options in made for one in options])
    del made
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    tables = await SpreadsheetReader().read_tabs("products.xlsx", data, LAYOUTS)
    read = time.perf_counter()
    content = await asyncio.to_thread(read_sheet, tables, FACTS)
    results = await asyncio.to_thread(judged, content, None, STORE_FACTS)
    end = time.perf_counter()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert [one.kind for one in results] == [Kind.NEW] * DEALS
    assert sum(len(one.deal.options) for one in results) == DEALS * OPTIONS
    print(f"(p) {DEALS} products, {DEALS * OPTIONS} options, {len(data) / 1024:.0f} kB:", end=" ")
    print(f"read {read - begin:.1f} s, judged {end - read:.1f} s,", end=" ")
    print(f"{(end - begin) / LIMIT:.2f} of the {LIMIT:.0f} s that it may take; memory +{grown:.0f} MB")


async def _send() -> None:
    async with shop() as made:
        (store,) = await made.add_stores(1)
        open_shop(made.tmon, replace(made.tmon.partners[store.seller_id], goods=DEMO_PARTNERS[0].goods))
        await know_choices(made.bot, made.db, store)
        template = (await template_of(made.db, store)).no
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for word, price, call in (("new", 10_000, CREATE), ("changed", 11_000, UPDATE)):
            deals, options = [], []
            for product, own in rows():
                deals.append({**product, F.CATEGORY: leaf_called("양말"), F.TEMPLATE: template, F.CARRIER: "10001"})
                options += [{**one, O.PRICE: price} for one in own]
            began, calls = time.perf_counter(), len(made.tmon.calls)
            data = book(deals, options)
            uploads = made.bot.services[ListingUploads]
            read = time.perf_counter()
            tables = await SpreadsheetReader().read_tabs("products.xlsx", data, LAYOUTS)
            facts = await made.bot.services[ListingSheets].facts(store.team_id, store.id)
            content = await asyncio.to_thread(read_sheet, tables, facts)
            person = Person(store.team_id, MINJI, is_admin=True)
            upload = await uploads.preview(person, store.id, content, UploadSource.FILE)
            previewed = time.perf_counter()
            await uploads.accept(person, upload.id)
            accepted = time.perf_counter()
            while not (await uploads.progress(store.team_id, upload.id)).ended:
                await made.bot.engine.drain()
                await made.bot.services[ProductRunner]()
            ended = time.perf_counter()
            sent = Counter(one.name for one in list(made.tmon.calls)[calls:])
            assert sent[call] == DEALS, sent
            print(f"(p) {word}: book {read - began:.1f} s; preview {previewed - read:.1f} s,", end=" ")
            print(f"accepted {accepted - previewed:.1f} s, sent {ended - accepted:.1f} s,", end=" ")
            print(f"{DEALS / (ended - accepted):.0f}/s, calls {dict(sent)}")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(f"(p) memory, the far sides included: +{grown:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
