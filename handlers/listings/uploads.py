"""상품 파일 올리기: a list of products is read, previewed and sent, with a result for each product."""

import asyncio

from handlers.blocks import Block
from handlers.files import SHEET_ENDINGS, download, uploaded_file_id
from handlers.form_values import read_form
from handlers.listings import views
from handlers.listings.ids import ListingRef, ListingView, UploadFormRef
from handlers.listings.wording import Wording
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from tmon.errors import AppError
from tmon.listings.documents import Problem
from tmon.listings.names import ListingNames
from tmon.listings.sheet.layouts import LAYOUTS
from tmon.listings.sheet.problems import ProblemWords, problem_file
from tmon.listings.sheet.reading import read_sheet
from tmon.listings.sheet.service import ListingSheets
from tmon.listings.uploads import ListingUploads, Upload
from tmon.models.listings import UploadSource, UploadState
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission
from tmon.spreadsheets.reader import MAX_BYTES, SpreadsheetReader
from tmon.stores.switches import require_on

LOOK_SECONDS = 2.0
"""Between two looks at how far the sending has come."""
STILL_SECONDS = 60.0
"""If nothing changes for so long, the newest result is shown: the rest waits for something."""
LONGEST_SECONDS = 20 * 60.0


async def open_form(request: SlackRequest) -> None:
    """Handle 상품 파일 올리기: open the form, in place of a preview or result and on top of all else."""
    store = await _store(request, decode(UploadFormRef, request.value).store)
    form = views.upload_form(request.t, UploadFormRef(store=store.id), store.name)
    if request.view.get("callback_id") in (ListingView.PREVIEW, ListingView.RESULT):
        await request.show(form)
    else:
        await request.push(form)


async def preview(request: SlackRequest) -> None:
    """Handle 미리보기: read the file and show what becomes of each product, and everything that is wrong."""
    store = await _store(request, decode(UploadFormRef, request.view.get("private_metadata")).store)

    async def read() -> Block:
        name, data = await download(
            request.client, uploaded_file_id(request.view), endings=SHEET_ENDINGS, most=MAX_BYTES
        )
        tables = await request.services[SpreadsheetReader].read_tabs(name, data, LAYOUTS)
        facts = await request.services[ListingSheets].facts(request.team_id, store.id)
        content = await asyncio.to_thread(read_sheet, tables, facts)
        uploads = request.services[ListingUploads]
        return await draw(request, await uploads.preview(request.person, store.id, content, UploadSource.FILE))

    try:
        view = await request.with_progress(
            read(), lambda: request.show(views.message_view(request.t, request.t("listings.reading")))
        )
    except AppError as error:
        if not request.answered.is_set():
            raise
        await request.show(views.message_view(request.t, error_text(request.t, error), store_id=store.id))
        return
    await request.show(view)


async def draw(request: SlackRequest, upload: Upload, ref: ListingRef | None = None) -> Block:
    """Return the preview or result of a list, or one product of it. `ref`: None for the first page."""
    names = await request.services[ListingNames].of(upload.team_id, upload.store_id)
    ref = ref or ListingRef(upload=upload.id)
    return views.upload_view(request.t, upload, names, ref)


async def show_page(request: SlackRequest) -> None:
    """Show another page, products of another kind, one product, or the result from a message."""
    ref = decode(ListingRef, request.value)
    upload = await request.services[ListingUploads].get(request.person, ref.upload)
    await request.show(await draw(request, upload, ref))
    await _note_shown(request, upload)


async def send(request: SlackRequest) -> None:
    """Handle 등록하기: let the list be sent, show how far it is, and then what became of each product."""
    ref, uploads = decode(ListingRef, request.view.get("private_metadata")), request.services[ListingUploads]
    if ref.steep and not read_form(request.view).get(views.STEEP):
        raise AppError("listings.steep_needed", field=views.STEEP)
    view_id, source = str(request.view["id"]), UploadSource.FORM if ref.form else UploadSource.FILE
    started = views.progress_view(request.t, source)

    async def accepted() -> Upload:
        """Let the list be sent. Whoever presses again, mostly because Slack did not answer, follows what was sent."""
        try:
            return await uploads.accept(request.person, ref.upload)
        except AppError as error:
            if error.key != "listings.sent_already":
                raise
            return await uploads.get(request.person, ref.upload)

    try:
        await _store(request, ref.store)
        upload = await request.with_progress(accepted(), lambda: request.show(started))
    except AppError as error:
        await request.show(views.not_sent_view(request.t, source, error_text(request.t, error), ref.upload))
        return
    if not request.answered.is_set():
        await request.show(started)
    if await _follow(request, view_id, upload):
        upload = await uploads.get(request.person, ref.upload)
        if await request.replace(view_id, await draw(request, upload)):
            await _note_shown(request, upload)


async def _follow(request: SlackRequest, view_id: str, upload: Upload) -> bool:
    """Show how far the sending has come until it ends or stands still; False once the view is closed."""
    loop, uploads = asyncio.get_running_loop(), request.services[ListingUploads]
    began = changed = loop.time()
    before = None
    while loop.time() - began < LONGEST_SECONDS and loop.time() - changed < STILL_SECONDS:
        progress = await uploads.progress(request.team_id, upload.id)
        if progress.ended:
            return True
        if progress != before:
            before, changed = progress, loop.time()
        if not await request.replace(view_id, views.progress_view(request.t, upload.source, progress)):
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def send_problems(request: SlackRequest) -> None:
    """Handle 문제 행 받기: send the rows of products with an error or refused, each with what is wrong."""
    ref, t = decode(ListingRef, request.value), request.t
    upload = await request.services[ListingUploads].get(request.person, ref.upload)
    wording = Wording(t, upload, await request.services[ListingNames].of(upload.team_id, upload.store_id))
    count = views.count_problems(wording)
    if not count:
        raise AppError("listings.no_problems")
    content = await asyncio.to_thread(_problem_file, wording)
    name = t("listings.problems_name", day=t.stamp(request.services.clock())[:10])
    await request.send_file(t("listings.problems_text", n=count), name, content)
    await request.notify(t("listings.problems_sent", n=count))


def _problem_file(wording: Wording) -> bytes:
    judged = {id(problem): one for one in wording.content.judged for problem in one.deal.problems}

    def sentence(problem: Problem) -> str:
        return wording.problem(problem, judged[id(problem)], plain=True)

    t = wording.t
    words = ProblemWords(
        t("listings.outcome_wrong"), t("listings.outcome_failed"), t("listings.problem_elsewhere"), sentence
    )
    return problem_file(wording.content, views.problems_of(wording), words)


async def _note_shown(request: SlackRequest, upload: Upload) -> None:
    if upload.state is UploadState.SENT:
        await request.services[ListingUploads].shown(upload.team_id, upload.id)


async def _store(request: SlackRequest, store_id: str) -> Store:
    """Return the store whose products the person may change. Raises AppError: the right, or the switch is off."""
    store = await request.store(store_id, Permission.PRODUCTS)
    require_on(store, ApiGroup.PRODUCT)
    return store
