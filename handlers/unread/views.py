"""Views of records that could not be read: which, what was wrong, since when."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from handlers.blocks import Block, actions, button, context, modal, pager, section
from handlers.common_views.mail import EmailContent, without_links
from handlers.common_views.partner_center import partner_center_buttons
from handlers.common_views.unread import open_button
from handlers.payloads import encode
from handlers.texts import Markup, Texts
from handlers.unread.ids import UnreadAction, UnreadRef, UnreadView
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.unread.service import UnreadCause


class _Word(StrEnum):
    """Words for the fields that a record cannot do without."""

    NUMBER = "number"
    ORDERED = "ordered"
    PAID = "paid"
    QUANTITY = "quantity"
    PRICE = "price"
    AMOUNT = "amount"
    DELIVERY = "delivery"
    FEE = "fee"
    STOCK = "stock"
    DEALS = "deals"
    OPTIONS = "options"
    STATUS = "status"
    PERIOD = "period"
    RATE = "rate"
    SOLD = "sold"
    DUE = "due"
    WHOLE = "whole"


_WORDS = {
    "orderDate": _Word.ORDERED,
    "depositDate": _Word.PAID,
    "qty": _Word.QUANTITY,
    "salesPrice": _Word.PRICE,
    "purchasePrice": _Word.AMOUNT,
    "deliveryNo": _Word.DELIVERY,
    "userAmount": _Word.FEE,
    "amount": _Word.FEE,
    "stock": _Word.STOCK,
    "deals": _Word.DEALS,
    "dealOptions": _Word.OPTIONS,
    "salesStatus": _Word.STATUS,
    "start": _Word.PERIOD,
    "end": _Word.PERIOD,
    "sellAmount": _Word.AMOUNT,
    "payBaseAmount": _Word.AMOUNT,
    "vendorAmount": _Word.AMOUNT,
    "tmonAmount": _Word.AMOUNT,
    "payRate": _Word.RATE,
    "salesDateTime": _Word.SOLD,
    "payDueDate": _Word.DUE,
}
"""By the end of a field's path."""


def what_text(t: Texts, what: Unread, number: str) -> str:
    """Name one record: `주문 9100200310`."""
    kind = t.of("unread.what", what)
    return t("unread.numbered", what=kind, number=number) if number else t("unread.unnumbered", what=kind)


def failure_text(t: Texts, what: Unread, number: str) -> str:
    """The sentence that one record could not be read."""
    kind = t.of("unread.what", what)
    return t("unread.told", what=kind, number=number) if number else t("unread.told_unnumbered", what=kind)


def reason_text(t: Texts, record: UnreadRecord) -> str:
    """What was wrong with it, in words."""
    end = record.field.rpartition(".")[2]
    word = _WORDS.get(end) or (_Word.NUMBER if end.endswith(("No", "no")) else _Word.WHOLE)
    return t.of("unread.why", record.why, field=t.of("unread.field", word))


def unread_list(t: Texts, store: Store, page: Page[UnreadRecord], said: str = "", *, busy: bool = False) -> Block:
    """The list of one store. `said`: what came of reading again (Slack markup); `busy`: it goes on."""
    blocks = [section(t.md("unread.of_store", store=store.name, n=page.total))]
    if said:
        blocks.append(section(said))
    if not page.total:
        blocks.append(section(t("unread.none")))
    for record in page.items:
        line = t.md("unread.row", what=what_text(t, record.what, record.number), why=reason_text(t, record))
        blocks += [section(line), context(t("unread.since", moment=t.moment(record.first_seen_at)))]
    if page.total:
        blocks.append(context(t("unread.note")))
        ref = UnreadRef(store=store.id, page=page.number)
        retry = [] if busy else [button(t("unread.retry"), UnreadAction.RETRY, encode(ref), style="primary")]
        blocks += pager(t, UnreadAction.PAGE, ref, page, *retry, *partner_center_buttons(t))
    return modal(t("unread.title"), blocks, callback_id=UnreadView.LIST, close=t("common.close"))


def message(
    t: Texts, store: Store, records: Sequence[tuple[Unread, str]], more: int, still: Collection[tuple[Unread, str]]
) -> tuple[str, list[Block]]:
    """Text and blocks of the message to who manages the store. `still`: those that cannot be read even now."""
    left = [one for one in records if one in still]
    if not left and not more:
        names = Markup(", ".join(t.md("unread.name", what=what_text(t, *one)) for one in records))
        text = t.md("unread.all_read", store=store.name, what=names)
        return text, [section(text)]
    lines = [failure_text(t, *one) if one in still else t("unread.read", what=what_text(t, *one)) for one in records]
    if more:
        lines.append(t("unread.more", n=more))
    text = t.md(
        "unread.text",
        store=store.name,
        what=lines[0] if len(records) + more == 1 else t("unread.some", n=len(records) + more),
    )
    blocks = [
        section(t.md("unread.head", store=store.name)),
        section("\n".join(t.md("unread.line", line=line) for line in lines)),
        context(t("unread.note")),
        actions(open_button(t, store, max(len(still), len(left) + more)), *partner_center_buttons(t)),
    ]
    return text, blocks


def letter(t: Texts, cause: UnreadCause) -> tuple[str, EmailContent]:
    """Subject and content of the mail to the operator: what cannot be read even now, of all workspaces."""
    record = cause.first[0][0]
    what = t.of("unread.what", record.what)
    paragraphs = [
        f"{reason_text(t, record)} ({record.field or record.why})",
        t("unread.mail_reach", n=cause.stores),
        t("unread.mail_text"),
    ]
    rows = [(what_text(t, one.what, one.number), without_links(store.name)) for one, store in cause.first]
    title = t("unread.mail_title", what=what, n=cause.records)
    return t("unread.mail_subject", what=what, n=cause.records), EmailContent(
        title, paragraphs, rows, t("unread.mail_footer")
    )
