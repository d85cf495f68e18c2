"""Views that address book and delivery templates share: the overview, open doubts, progress, results."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    confirm,
    context,
    divider,
    escape_title,
    header,
    modal,
    section,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.payloads import encode
from handlers.templates.ids import TemplateAction, TemplateRef, TemplatesRef, TemplateView
from handlers.texts import Texts
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate
from tmon.templates.address_book import AddressBook
from tmon.templates.template_list import TemplateList

SENTENCE = 500
"""Maximum length of a message from TMON."""
MOST_DOUBTS = 10
"""Maximum number of unconfirmed registrations shown; there is hardly ever more than one."""


def overview(
    t: Texts,
    store: Store,
    book: AddressBook,
    changes: Sequence[AddressChange],
    shelf: TemplateList,
    notice: Sequence[Block] = (),
) -> Block:
    """The overview: address book and delivery templates, which are locked until addresses are known.

    `notice`: blocks on top.
    """
    blocks = [section(t.md("templates.of_store", name=escape_title(store.name, 60))), *notice]
    blocks += [header(t("templates.address_book")), *_addresses(t, store, book, changes)]
    blocks += [divider(), header(t("templates.delivery")), *_delivery(t, store, book, shelf)]
    return modal(t("templates.title"), blocks, callback_id=TemplateView.OVERVIEW, close=t("common.close"))


def _addresses(t: Texts, store: Store, book: AddressBook, changes: Sequence[AddressChange]) -> list[Block]:
    ref = encode(TemplatesRef(store=store.id))
    if book.imported_at is None:
        blocks = [section(t("templates.addresses_never"))]
    else:
        blocks = [section(t("templates.addresses_known", n=len(book.addresses), moment=t.moment(book.imported_at)))]
    if book.list_not_offered:
        blocks.append(context(t("templates.addresses_not_offered")))
    buttons = [
        button(
            t("templates.import_addresses"),
            TemplateAction.IMPORT_ADDRESSES,
            ref,
            style=None if book.is_known else "primary",
        )
    ]
    if book.list_not_offered:
        buttons.append(button(t("templates.import_named_address"), TemplateAction.IMPORT_NAMED_ADDRESS, ref))
    if book.addresses:
        buttons.append(_list_button(t, TemplateAction.ADDRESSES, ref, t("templates.address_book")))
    buttons.append(button(t("templates.new_address"), TemplateAction.NEW_ADDRESS, ref))
    blocks.append(actions(*buttons))
    blocks += [
        context(t.md("templates.address_in_doubt", name=escape_title(change.name, 60)))
        for change in changes[:MOST_DOUBTS]
    ]
    return blocks


def _delivery(t: Texts, store: Store, book: AddressBook, shelf: TemplateList) -> list[Block]:
    ref = encode(TemplatesRef(store=store.id))
    if not book.is_known:
        unlock = button(t("templates.unlock"), f"{TemplateAction.IMPORT_ADDRESSES}#unlock", ref)
        return [section(t("templates.locked"), accessory=unlock)]
    if shelf.imported_at is None:
        blocks = [section(t("templates.templates_never", n=len(shelf.templates)))]
    else:
        moment = t.moment(shelf.imported_at)
        blocks = [section(t("templates.templates_known", n=len(shelf.templates), moment=moment))]
    first = shelf.imported_at is None and not shelf.list_not_offered
    buttons = [button(t("templates.import"), TemplateAction.IMPORT, ref, style="primary" if first else None)]
    if shelf.list_not_offered:
        blocks.append(context(t("templates.templates_not_offered")))
        buttons.append(button(t("templates.add"), TemplateAction.ADD, ref))
    if shelf.templates:
        buttons.append(_list_button(t, TemplateAction.LIST, ref, t("templates.delivery")))
    doubts = shelf.unconfirmed[:MOST_DOUBTS]
    asks = shelf.list_not_offered and bool(doubts)
    buttons.append(button(t("templates.new"), TemplateAction.NEW, ref, style=None if first or asks else "primary"))
    blocks += [actions(*buttons), context(t("templates.never_changed"))]
    for place, row in enumerate(doubts):
        blocks += doubt(t, row, decide=shelf.list_not_offered, first=place == 0)
    return blocks


def _list_button(t: Texts, action: TemplateAction, ref: str, what: str) -> Block:
    return button_beside(t, t("templates.list"), what, action, ref)


def doubt(t: Texts, row: DeliveryTemplate, *, decide: bool, first: bool = True) -> list[Block]:
    """An unconfirmed registration: it is unknown whether it arrived.

    `decide`: only a person can find out; `first`: it is the first one of the view, which has the primary button.
    """
    if not decide:
        waits = f"\n{t(row.note)}" if row.note else ""
        return [section(t.md("templates.in_doubt", name=escape_title(row.name, 60)) + waits)]
    ref = encode(TemplateRef(store=row.store_id, template=row.id))
    ask = confirm(
        t,
        title=t("templates.not_there"),
        text=t("templates.not_there_text"),
        yes=t("templates.not_there"),
        danger=True,
    )
    return [
        section(t.md("templates.decide", name=escape_title(row.name, 60))),
        actions(
            button_beside(
                t,
                t("templates.is_there"),
                row.name,
                f"{TemplateAction.IS_THERE}#{row.id}",
                ref,
                style="primary" if first else None,
            ),
            button_beside(
                t, t("templates.not_there"), row.name, f"{TemplateAction.NOT_THERE}#{row.id}", ref, confirm=ask
            ),
            *partner_center_buttons(t, row.id),
        ),
    ]


def to_overview(t: Texts, store_id: str) -> Block:
    """The button back to the overview."""
    return button(t("templates.back_to_overview"), TemplateAction.OVERVIEW, encode(TemplatesRef(store=store_id)))


def progress(t: Texts) -> Block:
    """The modal while TMON is being asked."""
    return modal(
        t("templates.title"),
        [section(t("templates.asking"))],
        callback_id=TemplateView.RESULT,
        close=t("common.close"),
    )


def result(t: Texts, store_id: str, blocks: Sequence[Block], *buttons: Block, metadata: str = "") -> Block:
    """The modal with a result and further buttons. `metadata`: parameters of the buttons."""
    return modal(
        t("templates.title"),
        [*blocks, actions(*buttons, to_overview(t, store_id))],
        callback_id=TemplateView.RESULT,
        close=t("common.close"),
        metadata=metadata,
    )
