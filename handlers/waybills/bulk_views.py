"""Views of shipping in bulk: what waits, the shipping file, the uploaded list of waybills."""

from collections.abc import Sequence
from datetime import datetime

from handlers.blocks import (
    Block,
    actions,
    button,
    context,
    escape_title,
    input_block,
    modal,
    option,
    pager,
    plain,
    section,
    text_input,
)
from handlers.payloads import encode
from handlers.texts import Texts
from handlers.waybills.ids import BulkAction, BulkRef, BulkView
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.waybills.shipping_files import PreparedFile
from tmon.waybills.waiting import WaitingCount

STORES = 20
"""Stores on a page."""
LEAST_REASON, MOST_REASON = 5, 100
_MOST_OPTIONS = 100
"""Options of a menu (docs.slack.dev, "Select menu element")."""


def waiting_view(t: Texts, counts: Sequence[WaitingCount], ref: BulkRef) -> Block:
    """What waits to be shipped in each store, and the files for it."""
    page = Page.of([one for one in counts if one.orders or one.held_back], ref.page, STORES)
    blocks = [section(_waiting_line(t, one)) for one in page.items]
    if not blocks:
        blocks = [section(t("bulk.none")), context(t("bulk.none_hint"))]
    blocks += pager(t, BulkAction.PAGE, ref, page)
    value = encode(ref.model_copy(update={"page": 0}))
    buttons = [button(t("bulk.upload"), BulkAction.UPLOAD, value)]
    if any(one.orders for one in counts):
        buttons = [
            button(t("shipping_file.get"), BulkAction.SHIPPING_FILE, value),
            button(t("bulk.form"), BulkAction.FORM, value),
            *buttons,
        ]
        blocks.append(context(t("bulk.how")))
    return modal(
        t("bulk.title"),
        [*blocks, actions(*buttons)],
        callback_id=BulkView.WAITING,
        close=t("common.close"),
        metadata=encode(ref),
    )


def _waiting_line(t: Texts, one: WaitingCount) -> str:
    name = escape_title(one.store.name, 100)
    text = t.md("bulk.waiting", store=name, n=one.orders)
    if one.earliest is not None:
        text = f"{text} · {t('bulk.ship_by', until=t.until(one.earliest))}"
    if one.held_back:
        text = f"{text}\n{t('bulk.held_back', n=one.held_back)}"
    return text


def file_form(t: Texts, counts: Sequence[WaitingCount], ref: BulkRef) -> Block:
    """The form that asks for which store the shipping file is made, and why."""
    # Those with something to ship come first: a menu has no room for more than a hundred.
    stores = [one.store for one in sorted(counts, key=lambda one: not one.orders)][:_MOST_OPTIONS]
    options = [option(store.name, store.id) for store in stores]
    named = next((one for one, store in zip(options, stores, strict=True) if store.id == ref.store), None)
    if named is None and len(options) == 1:
        named = options[0]
    menu: Block = {
        "type": "static_select",
        "options": options,
        "placeholder": plain(t("shipping_file.choose_store"), 150),
    }
    if named is not None:
        menu["initial_option"] = named
    return modal(
        t("shipping_file.title"),
        [
            section(t("shipping_file.about")),
            input_block(
                "reason",
                t("shipping_file.reason"),
                text_input(
                    min_length=LEAST_REASON, max_length=MOST_REASON, placeholder=t("shipping_file.reason_example")
                ),
                hint=t("shipping_file.reason_hint", least=LEAST_REASON, most=MOST_REASON),
            ),
            input_block("store", t("shipping_file.store"), menu),
        ],
        callback_id=BulkView.SHIPPING_FILE,
        close=t("common.close"),
        submit=t("shipping_file.make"),
        metadata=encode(ref),
    )


def password_view(t: Texts, store: Store, file: PreparedFile, until: datetime) -> Block:
    """The password of a file that was sent; this is the only place where it ever stands."""
    blocks = [
        section(t.md("shipping_file.done", store=escape_title(store.name, 100), n=file.orders)),
        section(f"*{t('shipping_file.password')}*\n`{file.password}`"),
        context(t("shipping_file.once", moment=t.moment(until))),
    ]
    left_out = []
    if file.held_back:
        left_out.append(t("shipping_file.held_back", n=file.held_back))
    if file.unreadable:
        left_out.append(t("shipping_file.unreadable", n=file.unreadable))
    if left_out:
        blocks.append(context("\n".join(left_out)))
    return modal(t("shipping_file.title"), blocks, callback_id=BulkView.PASSWORD, close=t("common.close"))


def closed_message(t: Texts, store: Store) -> list[Block]:
    """What a person is told who has closed the view before the password was shown."""
    again = button(t("shipping_file.get"), BulkAction.SHIPPING_FILE, encode(BulkRef(store=store.id)))
    return [section(t("shipping_file.closed")), actions(again)]


def progress_view(t: Texts, text: str) -> Block:
    """A view that says what is under way."""
    return modal(t("bulk.title"), [section(text)], callback_id=BulkView.RESULT, close=t("common.close"))
