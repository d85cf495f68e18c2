"""What uploads of lists have in common: progress, the mark of a preview, the result."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from handlers.blocks import Block
from handlers.common_views.stock import UNSEEN, progress_text
from handlers.request import SlackRequest
from handlers.stock import form_views as views
from handlers.stock.ids import ApplyRef, StockRef, StockView
from tmon.errors import AppError
from tmon.stock.push_preview import Progress, PushPreview
from tmon.stock.service import StockService

T = TypeVar("T")

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".numbers")
"""Files that are looked into; of some only to say what they are."""
_PROGRESS_SECONDS = 2.0
"""Seconds between two looks at how far the work has come."""


def mark(data: bytes, preview: PushPreview) -> str:
    """Return the mark of a list and of what it changes."""
    return f"{hashlib.sha256(data).hexdigest()[:16]}-{preview.seen}"


def was_seen(preview: PushPreview, ref: ApplyRef, values: Mapping[str, Any], data: bytes | None = None) -> bool:
    """Whether the person has seen exactly this preview, and agreed where TMON's stock is not known."""
    content = data if data is not None else str(values.get("rows", "")).encode()
    return ref.seen == mark(content, preview) and (preview.not_compared is None or bool(values.get(UNSEEN)))


async def with_progress(request: SlackRequest, work: Callable[[Progress], Awaitable[T]]) -> T:
    """Return the result of `work`; if it takes long, show what it is doing meanwhile."""
    shown_at = 0.0

    async def progress(done: int, total: int) -> None:
        nonlocal shown_at
        now = asyncio.get_running_loop().time()
        if request.answered.is_set() and now - shown_at > _PROGRESS_SECONDS:
            shown_at = now
            view = views.message_view(request.t, progress_text(request.t, done, total))
            await request.replace(str(request.view["id"]), view)

    return await request.with_progress(
        work(progress), lambda: request.show(views.message_view(request.t, request.t("stock.reading")))
    )


def file_id(view: dict[str, Any]) -> str:
    """Return the id of the uploaded file; its other data in the view are untrusted, and read from Slack instead."""
    for elements in ((view.get("state") or {}).get("values") or {}).values():
        for element in elements.values():
            for file in element.get("files") or []:
                return str(file["id"])
    raise AppError("sheets.lost")


async def deliver(request: SlackRequest, view: Block) -> None:
    """Show a view in place of the form. If the person has closed it meanwhile, a result goes to their direct messages."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view) and view["callback_id"] == StockView.RESULT:
        await request.client.chat_postMessage(channel=request.user_id, text=view["blocks"][0]["text"]["text"])


async def result(request: SlackRequest, ref: StockRef, text: str) -> Block:
    page = await request.services[StockService].page(request.team_id, ref.store, 0)
    return views.result_view(request.t, text, ref, unmapped=page.unmapped > 0)
