"""Views of reviews: the list, the whole text, the form of a reply, and the messages about new ones."""

from collections.abc import Mapping, Sequence

from handlers.blocks import (
    TEXT_LIMIT,
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    escape_title,
    input_block,
    modal,
    pager,
    plain,
    section,
    text_input,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.stores import short_name
from handlers.payloads import encode
from handlers.reviews.ids import ReviewAction, ReviewRef, ReviewsRef, ReviewView
from handlers.texts import Texts, escape, mention
from tmon.models.inquiries import AnswerState
from tmon.models.reviews import LOW, Review
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteStep
from tmon.pages import Page
from tmon.permissions import Permission, Person, cs_people, has_permission
from tmon.reviews.service import MAX_REPLY, ReplyResult, ReviewFacts, ReviewReport, ReviewSummary

_IN_MESSAGE = 150
"""Maximum length of a review's text in a message."""
_IN_LIST = 400
_PARTS = 5
"""Maximum number of blocks for one person's text; the rest is cut."""
_STORES_NAMED = 10
_WIDE = str.maketrans("*_~`", "＊＿～｀")
_OPEN = (AnswerState.NONE, AnswerState.FAILED)
"""States in which a reply can be typed."""


def counts_text(t: Texts, counts: Mapping[str, int]) -> str:
    """Describe what a run changed; empty for nothing."""
    return t("reviews.count_new", n=counts["new"]) if counts.get("new") else ""


# --- messages ---


def low_ratings_text(t: Texts, report: ReviewReport) -> str:
    """The text about low ratings that have just come in; it mentions who works for the store."""
    people = mention(*cs_people(report.store))
    return t.md("reviews.low_arrived", store=short_name(report.store), n=report.total, people=people)


def digest_text(t: Texts, report: ReviewReport) -> str:
    """The heading of the daily digest."""
    values = {"store": short_name(report.store), "n": report.total, "average": f"{report.average:.1f}"}
    return t.md("reviews.digest_low" if report.low else "reviews.digest", low=report.low, **values)


def report(t: Texts, heading: str, found: ReviewReport) -> list[Block]:
    """A message about reviews: its heading, the first of them, and the way to the list."""
    if found.store.removed_at is not None:
        return [context(t("common.store_gone"))]
    blocks = [section(heading)]
    for one in found.shown:
        accessory = _reply(t, one.review) if one.review.reply_state in _OPEN and one.review.content else None
        blocks.append(section(_summary(t, one, _IN_MESSAGE), accessory=accessory))
    if found.total > len(found.shown):
        blocks.append(context(t("reviews.more", n=found.total - len(found.shown))))
    ref = ReviewsRef(store=found.store.id)
    buttons = [button(t("reviews.list"), ReviewAction.LIST, encode(ref))]
    if found.low:
        low = encode(ref.model_copy(update={"low": True}))
        buttons.append(button(t("reviews.only_low"), f"{ReviewAction.LIST}#low", low))
    return [*blocks, actions(*buttons, *partner_center_buttons(t))]


def ended_text(t: Texts, facts: ReviewFacts, *, done: bool) -> str:
    """The message to whoever replied: what was in doubt has ended."""
    key = "reviews.ended_done" if done else "reviews.ended_unsent"
    return t.md(key, store=facts.store.name, number=str(facts.review.review_no), title=_title(facts.review))


def ended(t: Texts, facts: ReviewFacts, text: str) -> list[Block]:
    """That message, with what a person decides now."""
    decide = _decisions(t, ReviewRef(store=facts.store.id, number=facts.review.review_no), facts.review)
    buttons = [*decide, *partner_center_buttons(t)]
    return [section(text), actions(*buttons)] if buttons else [section(text)]


# --- the list ---


def review_list(
    t: Texts,
    person: Person,
    page: Page[ReviewSummary],
    stores: Sequence[Store],
    ref: ReviewsRef,
    not_offered: frozenset[str] | set[str] = frozenset(),
) -> Block:
    """A page of reviews, masked; people who may work for a store can open the text and reply.

    `stores`: the stores that were asked for; `not_offered`: those for which TMON offers no reviews.
    """
    on = [store for store in stores if store.group_on(ApiGroup.CS)]
    off = [store for store in stores if not store.group_on(ApiGroup.CS)]
    missing = [store for store in on if store.id in not_offered]
    blocks: list[Block] = [section(t.md("reviews.off", store=store.name)) for store in off[:_STORES_NAMED]]
    blocks += [section(t.md("reviews.not_offered", store=store.name)) for store in missing[:_STORES_NAMED]]
    ref = ref.model_copy(update={"page": page.number})
    if page.items:
        blocks.append(context(t("reviews.list_head", n=page.total, page=page.number + 1, pages=page.pages)))
    elif len(missing) < len(stores):
        blocks.append(section(t("reviews.list_empty_low" if ref.low else "reviews.list_empty")))
    turned = ref.model_copy(update={"low": not ref.low, "page": 0})
    label = t("reviews.every_rating" if ref.low else "reviews.only_low")
    if page.items or ref.low:
        blocks.append(actions(button(label, ReviewAction.FILTER, encode(turned)), *partner_center_buttons(t)))
    elif links := partner_center_buttons(t):
        blocks.append(actions(*links))
    for one in page.items:
        blocks += [divider(), *_row(t, person, one)]
    blocks += pager(t, ReviewAction.PAGE, ref, page, in_heading=True)
    return modal(
        t("reviews.list_title"),
        blocks,
        callback_id=ReviewView.LIST,
        close=t("common.close"),
        metadata=encode(ref),
    )


def _row(t: Texts, person: Person, one: ReviewSummary) -> list[Block]:
    review = one.review
    ref = ReviewRef(store=review.store_id, number=review.review_no)
    see = None
    buttons: list[Block] = []
    if has_permission(person, Permission.ANSWER, one.store) and one.store.removed_at is None:
        if review.content is not None:
            label = t("reviews.see_label", number=review.review_no)
            see = button(t("reviews.see"), f"{ReviewAction.SEE}#{review.review_no}", encode(ref), label=label)
            if review.reply_state in _OPEN:
                buttons.append(_reply(t, review))
        buttons += _decisions(t, ref, review)
    row = section(_summary(t, one, _IN_LIST, store=True), accessory=see)
    return [row, actions(*buttons)] if buttons else [row]


def _reply(t: Texts, review: Review) -> Block:
    ref = ReviewRef(store=review.store_id, number=review.review_no)
    label = t("reviews.reply_label", number=review.review_no)
    return button(t("reviews.reply"), f"{ReviewAction.REPLY}#{review.review_no}", encode(ref), label=label)


def _decisions(t: Texts, ref: ReviewRef, review: Review) -> list[Block]:
    """What a person decides about a reply of which nobody knows whether TMON has it."""
    if review.reply_state is not AnswerState.UNSENT:
        return []
    again, number = t("reviews.again"), review.review_no
    question = confirm(t, title=again, text=t("reviews.again_ask"), yes=again)
    value = encode(ref)
    return [
        button(
            again,
            f"{ReviewAction.AGAIN}#{number}",
            value,
            confirm=question,
            label=t("reviews.again_label", number=number),
        ),
        button(
            t("reviews.found"), f"{ReviewAction.FOUND}#{number}", value, label=t("reviews.found_label", number=number)
        ),
    ]


def _summary(t: Texts, one: ReviewSummary, length: int, *, store: bool = False) -> str:
    review = one.review
    parts = [state_word(t, review), t.dated(review.written_at)]
    if store:
        parts.insert(0, escape(short_name(one.store)))
    if review.pictures:
        parts.append(t("reviews.pictures", n=review.pictures))
    lines = [f"{stars(review.score)} *{escape(_title(review))}*", " · ".join(parts), f"> {_words(t, one, length)}"]
    if review.reply_state is AnswerState.UNSENT:
        lines.append(t("reviews.unsent_note"))
    if review.reply_state is AnswerState.FAILED and review.reply_error:
        lines.append(t.md("common.tmon_said", message=clip(review.reply_error, 300)))
    return "\n".join(lines)


def _words(t: Texts, one: ReviewSummary, length: int) -> str:
    if one.text:
        return escape(clip(one.text, length).translate(_WIDE))
    return t("reviews.destroyed" if one.review.destroyed_at is not None else "reviews.no_words")


def _title(review: Review) -> str:
    return escape_title(review.title, 80)


def stars(score: int) -> str:
    """A rating as it is drawn."""
    return "★" * score + "☆" * (5 - score)


def state_word(t: Texts, review: Review) -> str:
    """The state of a review, in one word."""
    match review.reply_state:
        case AnswerState.DONE | AnswerState.ELSEWHERE:
            return t("reviews.state_replied")
        case AnswerState.SENDING:
            return t("reviews.state_sending")
        case AnswerState.UNKNOWN:
            return t("reviews.state_unknown")
        case AnswerState.UNSENT:
            return t("reviews.state_unsent")
        case AnswerState.FAILED:
            return t("reviews.state_failed")
        case AnswerState.NONE:
            return t("reviews.state_low" if review.score <= LOW else "reviews.state_new")


# --- one review ---


def whole(t: Texts, facts: ReviewFacts, ref: ReviewRef) -> Block:
    """The whole text of a review and of its reply, for people who may work for the store."""
    review = facts.review
    buttons = [_with(_reply(t, review), ref)] if review.reply_state in _OPEN else _decisions(t, ref, review)
    buttons += partner_center_buttons(t)
    reply: list[Block] = []
    if facts.reply:
        reply = [section(t("reviews.of_seller", state=state_word(t, review))), *_prose(facts.reply)]
    return modal(
        t("reviews.whole_title"),
        [
            *_about(t, facts),
            *reply,
            divider(),
            context(t("reviews.seen_note")),
            *([actions(*buttons)] if buttons else []),
        ],
        callback_id=ReviewView.WHOLE,
        close=t("common.close"),
        metadata=encode(ref),
    )


def _with(element: Block, ref: ReviewRef) -> Block:
    return {**element, "value": encode(ref)}


def _about(t: Texts, facts: ReviewFacts) -> list[Block]:
    review, text = facts.review, facts.text
    found = [state_word(t, review), t("reviews.number", number=review.review_no)]
    if review.order_no is not None:
        found.append(t("reviews.order", number=review.order_no))
    if text.writer:
        found.append(t.md("reviews.writer", name=clip(text.writer, 60)))
    found.append(t.dated(review.written_at))
    if review.pictures:
        found.append(t("reviews.pictures", n=review.pictures))
    words = _prose(text.content or "") or [context(t("reviews.no_words"))]
    heading = f"{stars(review.score)} *{escape(_title(review))}*"
    return [section(heading), context(escape(facts.store.name), " · ".join(found)), *words]


def _prose(words: str) -> list[Block]:
    parts = [words[start : start + TEXT_LIMIT] for start in range(0, len(words), TEXT_LIMIT)]
    return [{"type": "section", "text": plain(part)} for part in parts[:_PARTS] if part.strip()]


def reply_form(
    t: Texts, facts: ReviewFacts, ref: ReviewRef, *, typed: str | None = None, problem: str | None = None
) -> Block:
    """The form of a reply, with what was typed before. `problem`: why it is shown again, as markup."""
    initial = facts.reply if typed is None else typed
    if problem is None and facts.review.reply_state is AnswerState.FAILED:
        problem = t("reviews.failed_before")
        if facts.review.reply_error:
            problem = t.md("common.tmon_said", message=clip(facts.review.reply_error, 500))
    element = text_input(max_length=MAX_REPLY, initial=initial or None, multiline=True)
    title = t("reviews.form_title")
    return modal(
        title,
        [
            *([] if problem is None else [section(f"⚠️ {problem}")]),
            *_about(t, facts),
            divider(),
            input_block("reply", t("reviews.reply_text"), element, hint=t("reviews.reply_hint")),
            context(t("reviews.seen_note")),
        ],
        callback_id=ReviewView.FORM,
        close=t("common.close"),
        submit=t("reviews.send"),
        metadata=encode(ref),
    )


def working(t: Texts) -> Block:
    """What is shown while TMON takes its time."""
    return modal(
        t("reviews.form_title"),
        [section(t("reviews.working"))],
        callback_id=ReviewView.WORKING,
        close=t("common.close"),
    )


def result(t: Texts, text: str, *, partner_center: bool = False) -> Block:
    """How a reply ended. `partner_center`: it has to be looked at there."""
    blocks = [section(text)]
    if partner_center and (links := partner_center_buttons(t)):
        blocks.append(actions(*links))
    return modal(t("reviews.form_title"), blocks, callback_id=ReviewView.RESULT, close=t("common.close"))


def result_text(t: Texts, ended: ReplyResult) -> str:
    """One sentence on how a reply ended, as markup; `reviews.failed` where the reason is said beside it."""
    number = str(ended.facts.review.review_no)
    if ended.outcome.state is WriteStep.DONE:
        return t.md("reviews.sent", number=number)
    if ended.outcome.state is WriteStep.UNKNOWN:
        return t.md("reviews.in_doubt", number=number)
    return t.md("reviews.unsent" if ended.outcome.settled else "reviews.failed", number=number)
