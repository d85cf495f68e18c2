"""Reviews: the list, the whole text, and replies."""

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.reviews import views
from handlers.reviews.ids import ReviewRef, ReviewsRef, ReviewView
from handlers.subcommands import named_or_every
from handlers.view_locks import view_lock
from tmon.api import NotOffered, Rejected, TmonError
from tmon.errors import AppError
from tmon.models.writes import WriteStep
from tmon.permissions import Permission
from tmon.reviews.service import ReplyResult, ReviewService
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon reviews [store]`: open the list of reviews, newest first."""
    await request.show(await _list(request, ReviewsRef(store=await named_or_every(request, rest))))


async def open_list(request: SlackRequest) -> None:
    """Handle 목록 보기 and 낮은 평점만 보기 on a message: open the list."""
    await request.show(await _list(request, decode(ReviewsRef, request.value)))


async def turn(request: SlackRequest) -> None:
    """Turn to another page, or to low ratings and back."""
    view_id = str(request.view["id"])
    async with view_lock(view_id):
        await request.replace(view_id, await _list(request, decode(ReviewsRef, request.value)))


async def see(request: SlackRequest) -> None:
    """Handle 전체 보기: show the whole text to people who may work for the store; the look is audited."""
    ref = _from_list(request, decode(ReviewRef, request.value))
    await request.store(ref.store, Permission.ANSWER)
    facts = await request.services[ReviewService].see(request.person, ref.store, ref.number)
    await request.push(views.whole(request.t, facts, ref))


async def open_form(request: SlackRequest) -> None:
    """Handle 답글 달기: open the form with the whole text, which is audited as a look."""
    ref = _from_list(request, decode(ReviewRef, request.value))
    await request.store(ref.store, Permission.ANSWER)
    facts = await request.services[ReviewService].see(request.person, ref.store, ref.number, to_reply=True)
    view = views.reply_form(request.t, facts, ref)
    if request.view.get("callback_id") == ReviewView.WHOLE:
        await request.show(view)
    else:
        await request.push(view)


async def submit(request: SlackRequest) -> None:
    """Handle 답글 등록. What is refused is said at the form, which keeps what was typed."""
    ref = decode(ReviewRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.ANSWER)
    typed = str(read_form(request.view).get("reply") or "")
    reviews = request.services[ReviewService]
    try:
        ended = await request.with_progress(
            reviews.reply(request.person, ref.store, ref.number, typed), lambda: request.show(views.working(request.t))
        )
    except (AppError, TmonError) as error:
        if not request.answered.is_set():
            raise
        await _show_form_again(request, ref, typed, error_text(request.t, error))
        return
    finally:
        await _refresh_under(request, ref)
    refused = ended.outcome.error
    if isinstance(refused, Rejected):
        if not request.answered.is_set():
            raise refused
        await _show_form_again(request, ref, typed, error_text(request.t, refused))
        return
    await _deliver(request, views.result(request.t, _text(request, ended), partner_center=_look_there(ended)), typed)


async def send_again(request: SlackRequest) -> None:
    """Handle 다시 보내기: send a reply of which nobody knows whether TMON has it, as its person wants."""
    ref = decode(ReviewRef, request.value)
    await request.store(ref.store, Permission.ANSWER)
    try:
        ended = await request.with_progress(
            request.services[ReviewService].reply_again(request.person, ref.store, ref.number),
            lambda: request.notify(request.t("reviews.working")),
        )
    finally:
        await _refresh_here(request)
    await request.notify(_text(request, ended))


async def found(request: SlackRequest) -> None:
    """Handle 답글 완료로 표시: the person has seen the reply in the partner centre."""
    ref = decode(ReviewRef, request.value)
    await request.store(ref.store, Permission.ANSWER)
    await request.services[ReviewService].note_replied(request.person, ref.store, ref.number)
    await _refresh_here(request)
    if not request.view:
        await request.notify(request.t.md("reviews.noted", number=str(ref.number)))


def _text(request: SlackRequest, ended: ReplyResult) -> str:
    text = views.result_text(request.t, ended)
    if ended.outcome.error is None or ended.outcome.state is not WriteStep.FAILED:
        return text
    return f"{text}\n{_why(request, ended.outcome.error)}"


def _why(request: SlackRequest, error: Exception) -> str:
    if isinstance(error, NotOffered):
        return request.t("reviews.reply_not_offered")
    return error_text(request.t, error) if isinstance(error, AppError | TmonError) else ""


def _look_there(ended: ReplyResult) -> bool:
    """Whether the partner centre is the place to look or to reply."""
    return ended.outcome.state is WriteStep.UNKNOWN or isinstance(ended.outcome.error, NotOffered)


def _from_list(request: SlackRequest, ref: ReviewRef) -> ReviewRef:
    """`ref` with the list in which the button was pressed, to be drawn anew after a reply."""
    if request.view.get("callback_id") != ReviewView.LIST:
        return ref
    listed = decode(ReviewsRef, request.view.get("private_metadata"))
    return ref.model_copy(update={"under": str(request.view["id"]), "list": listed})


async def _refresh_under(request: SlackRequest, ref: ReviewRef) -> None:
    if ref.under is not None and ref.list is not None:
        async with view_lock(ref.under):
            await request.replace(ref.under, await _list(request, ref.list))


async def _refresh_here(request: SlackRequest) -> None:
    """Draw the view in which the person decided anew, and the list under it."""
    shown = request.view.get("callback_id")
    if shown == ReviewView.LIST:
        view_id = str(request.view["id"])
        async with view_lock(view_id):
            listed = decode(ReviewsRef, request.view.get("private_metadata"))
            await request.replace(view_id, await _list(request, listed))
    elif shown == ReviewView.WHOLE:
        ref = decode(ReviewRef, request.view.get("private_metadata"))
        facts = await request.services[ReviewService].facts(request.team_id, ref.store, ref.number)
        await request.redraw(views.whole(request.t, facts, ref))
        await _refresh_under(request, ref)


async def _show_form_again(request: SlackRequest, ref: ReviewRef, typed: str, problem: str) -> None:
    facts = await request.services[ReviewService].facts(request.team_id, ref.store, ref.number)
    await _deliver(request, views.reply_form(request.t, facts, ref, typed=typed, problem=problem), typed, problem)


async def _deliver(request: SlackRequest, view: Block, typed: str, problem: str | None = None) -> None:
    """Show a view in place of the form. Whoever has closed it meanwhile gets its text, and what they typed, directly."""
    if not request.answered.is_set():
        await request.show(view)
    elif not await request.replace(str(request.view["id"]), view):
        text = problem or str(view["blocks"][0]["text"]["text"])
        kept = "" if problem is None else f"\n{request.t.md('reviews.typed', text=typed)}"
        await request.client.chat_postMessage(channel=request.user_id, text=f"{text}{kept}"[:3900])


async def _list(request: SlackRequest, ref: ReviewsRef) -> Block:
    stores = [
        store for store in await request.services[StoreService].all(request.team_id) if ref.store in (None, store.id)
    ]
    reviews = request.services[ReviewService]
    page = await reviews.page(request.team_id, stores, ref.page, only_low=ref.low)
    not_offered = await reviews.not_offered(request.team_id)
    return views.review_list(request.t, request.person, page, stores, ref, not_offered)
