"""The five counters, as the home tab and the status show them."""

from datetime import date

from handlers.blocks import Block, actions, button, section
from handlers.counters.ids import CounterAction, CounterRef
from handlers.payloads import encode
from handlers.texts import Texts
from tmon.counters.service import Counters


def counters_text(t: Texts, month: date, counters: Counters) -> str:
    """All five numbers of a month in one line, and how many cases are still open."""
    named = [
        t("counters.number", counter=t.of("counters.name", counter), n=tally.total)
        for counter, tally in counters.items()
    ]
    return _with_overdue(t, t("counters.line", month=t.month(month), counters=" · ".join(named)), counters)


def counter_blocks(t: Texts, month: date, counters: Counters, store_id: str | None = None) -> list[Block]:
    """How much was late in a month, and a button for each counter that opens its list. `store_id`: None for all stores."""
    total = sum(tally.total for tally in counters.values())
    text = _with_overdue(t, t("counters.total", month=t.month(month), n=total), counters)
    return [
        section(text),
        actions(
            *(
                button(
                    t("counters.button", counter=t.of("counters.name", counter), n=tally.total),
                    f"{CounterAction.OPEN}#{counter}",
                    encode(CounterRef(counter=counter, store=store_id, month=month)),
                )
                for counter, tally in counters.items()
            )
        ),
    ]


def _with_overdue(t: Texts, text: str, counters: Counters) -> str:
    overdue = sum(tally.overdue for tally in counters.values())
    return t("counters.line_overdue", line=text, n=overdue) if overdue else text
