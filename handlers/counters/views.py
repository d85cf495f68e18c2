"""The list of the cases of a counter."""

from datetime import date

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    context,
    divider,
    escape_title,
    modal,
    pager,
    section,
)
from handlers.claims.ids import ClaimAction, ClaimRef
from handlers.common_views.ids import CommandAction
from handlers.common_views.stores import short_name
from handlers.counters.ids import CounterAction, CounterRef, CounterView, OverdueRef
from handlers.payloads import encode
from handlers.texts import Markup, Texts
from tmon.counters.definitions import KINDS, Counter
from tmon.counters.months import months_later
from tmon.counters.service import LateCase, Tally
from tmon.models.stores import Store
from tmon.pages import Page

_TITLE = 60


def case_list(
    t: Texts, ref: CounterRef, month: date, this_month: date, store: Store | None, tally: Tally, page: Page[LateCase]
) -> Block:
    """One page of the cases of a month. `store`: None for all stores."""
    head = t.md("counters.head", month=t.month(month), late=tally.late, overdue=tally.overdue)
    if store is not None:
        head = t.md("counters.of_store", store=short_name(store), head=Markup(head))
    blocks = [section(head), context(t.of("counters.about", ref.counter))]
    blocks += [divider()] if page.items else [section(t("counters.none"))]
    blocks += [_case(t, ref.counter, case) for case in page.items]
    blocks += pager(t, CounterAction.PAGE, ref, page)
    blocks.append(actions(*_ways(t, ref, month, this_month)))
    return modal(
        t.of("counters.name", ref.counter),
        blocks,
        callback_id=CounterView.LIST,
        close=t("common.close"),
        metadata=encode(ref),
    )


def overdue_list(t: Texts, page: Page[tuple[Counter, LateCase]]) -> Block:
    """One page of what is past its deadline and still open, each case with the name of its counter."""
    blocks = [section(t("counters.overdue_head", n=page.total)) if page.total else section(t("counters.overdue_none"))]
    blocks += [divider()] if page.items else []
    blocks += [_case(t, counter, case, named=True) for counter, case in page.items]
    blocks += pager(t, CounterAction.OVERDUE, OverdueRef(), page)
    return modal(t("counters.overdue"), blocks, callback_id=CounterView.OVERDUE, close=t("common.close"))


def _case(t: Texts, counter: Counter, case: LateCase, *, named: bool = False) -> Block:
    """One case. `named`: with the name of its counter, where several stand together."""
    claim = counter in KINDS
    line = t.md(
        "counters.claim" if claim else "counters.order",
        number=case.order_no,
        title=escape_title(case.title, _TITLE),
        store=short_name(case.store),
    )
    if named:
        clock = t("counters.overdue_case", counter=t.of("counters.name", counter), until=t.until_dated(case.deadline))
    elif case.done_at is None:
        clock = t("counters.open", until=t.until_dated(case.deadline))
    else:
        clock = t("counters.done", deadline=t.dated(case.deadline), moment=t.dated(case.done_at))
    return section(f"{line}\n{clock}", accessory=_open_button(t, counter, case))


def _open_button(t: Texts, counter: Counter, case: LateCase) -> Block:
    """The button to the order, or to the details of the claim."""
    key = f"{case.store.id}_{case.number}"
    if counter in KINDS:
        ref = encode(ClaimRef(store=case.store.id, kind=KINDS[counter], claim=case.number))
        return button_beside(t, t("claims.see"), str(case.number), f"{ClaimAction.SEE}#{key}", ref)
    line = f"orders {case.order_no}"
    return button_beside(t, t("home.open"), str(case.order_no), f"{CommandAction.RUN}#{key}", line)


def _ways(t: Texts, ref: CounterRef, month: date, this_month: date) -> list[Block]:
    """Buttons to the months before and after, and to the list of what waits."""
    months = [months_later(month, -1), *([months_later(month, 1)] if month < this_month else [])]
    word = "claims" if ref.counter in KINDS else "orders"
    return [
        *(
            button(
                t("counters.month", month=t.month(other)),
                f"{CounterAction.MONTH}#{other:%Y%m}",
                encode(ref.model_copy(update={"month": other, "page": 0})),
            )
            for other in months
        ),
        button(t("orders.list"), f"{CommandAction.RUN}#list", f"{word} {ref.store or ''}".strip()),
    ]
