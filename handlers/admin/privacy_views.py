"""Views and files of the records of personal data."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from handlers.admin.ids import AdminAction, AdminRef, AdminView, PrivacyRef
from handlers.admin.views import action_text
from handlers.blocks import Block, actions, button, clip, context, divider, header, modal, option, pager, section
from handlers.payloads import encode
from handlers.texts import Texts, escape, mention
from tmon.models.audit import Audit
from tmon.pages import Page
from tmon.privacy.chain import ChainState
from tmon.privacy.holdings import Holding, destroyed_records
from tmon.privacy.messages import AccessReview, UnusualLooks
from tmon.privacy.review import MonthOfAccess

_MOST_PEOPLE = 10
_MOST_STORES = 100
"""Options of a menu at Slack."""
_HASH_SHOWN = 16
_ACCESS_COLUMNS = (
    "admin.column_at",
    "admin.column_account",
    "admin.column_place",
    "admin.column_action",
    "admin.column_store",
    "admin.column_subject",
    "admin.column_count",
)
_HOLDING_COLUMNS = ("admin.column_kind", "admin.column_number", "admin.column_since", "admin.column_until")


def month_name(t: Texts, month: date) -> str:
    """`2026년 11월`."""
    return t("admin.month", year=month.year, month=f"{month:%B}" if t.language == "en" else month.month)


def records(
    t: Texts,
    month: MonthOfAccess,
    checked: tuple[ChainState, datetime] | None,
    names: Mapping[str, str],
    *,
    this_month: date,
) -> Block:
    """The access records of a month with their review, the last check of the chain, and ways to destructions and holdings."""
    here = encode(PrivacyRef(month=month.month))
    blocks = [header(t("admin.access", month=month_name(t, month.month))), section(_counts(t, month))]
    if people := _people(t, month):
        blocks.append(section(people))
    blocks.append(context(_reviewed(t, month, over=month.month < this_month)))
    buttons = [button(t("admin.access_export"), AdminAction.ACCESS_EXPORT, here)]
    if month.reviewed is None and month.month < this_month:
        buttons.insert(0, button(t("admin.access_done"), AdminAction.ACCESS_DONE, here, style="primary"))
    before = PrivacyRef(month=(month.month - timedelta(days=1)).replace(day=1))
    buttons.append(button(t("admin.month_before"), f"{AdminAction.PRIVACY}#before", encode(before)))
    if month.month < this_month:
        after = PrivacyRef(month=(month.month + timedelta(days=31)).replace(day=1))
        buttons.append(button(t("admin.month_after"), f"{AdminAction.PRIVACY}#after", encode(after)))
    blocks += [actions(*buttons), divider(), section(_chain(t, checked)), divider()]
    blocks.append(
        section(
            t.md("admin.entry", title=t("admin.destructions"), about=t("admin.destructions_about")),
            accessory=button(
                t("admin.open"),
                AdminAction.DESTRUCTIONS,
                encode(AdminRef()),
                label=t("admin.open_label", what=t("admin.destructions")),
            ),
        )
    )
    about = t.md("admin.entry", title=t("admin.holdings"), about=t("admin.holdings_about"))
    listed = sorted(names.items(), key=lambda item: item[1])[:_MOST_STORES]
    menu: Block | None = None
    if listed:
        menu = {
            "type": "static_select",
            "action_id": AdminAction.HOLDINGS,
            "placeholder": {"type": "plain_text", "text": t("admin.holdings_choose")},
            "options": [option(name, store_id) for store_id, name in listed],
        }
    blocks.append(section(about, accessory=menu))
    blocks.append(actions(button(t("setup.back"), AdminAction.OVERVIEW)))
    return modal(t("admin.privacy"), blocks, callback_id=AdminView.PRIVACY, close=t("common.close"))


def destructions(t: Texts, page: Page[Audit], names: Mapping[str, str]) -> Block:
    """One page of the destructions of personal data: when, of which store, how many, and how."""
    blocks: list[Block] = [context(t("admin.destructions_how"))]
    for row in page.items:
        counts = [t.of("admin.destroyed", kind, n=count) for kind, count in destroyed_records(row)]
        what = " · ".join(counts) or t("admin.store_destroyed")
        store = escape(clip(names.get(row.store_id or "", row.store_id or "-"), 60))
        number = "-" if row.chain_no is None else t.number(row.chain_no)
        blocks.append(section(t.md("admin.destruction", moment=t.dated(row.at), store=store, what=what, number=number)))
    if not page.items:
        blocks.append(section(t("admin.destructions_none")))
    blocks += pager(t, AdminAction.DESTRUCTIONS, AdminRef(), page)
    blocks.append(actions(button(t("setup.back"), AdminAction.PRIVACY, encode(PrivacyRef()))))
    return modal(t("admin.destructions"), blocks, callback_id=AdminView.DESTRUCTIONS, close=t("common.close"))


def review(t: Texts, month: MonthOfAccess, args: AccessReview) -> tuple[str, list[Block]]:
    """The monthly reminder, as text and blocks; afterwards, who did it."""
    name = month_name(t, month.month)
    if month.reviewed is not None:
        who, at = month.reviewed
        text = t.md("admin.review_done", month=name, who=mention(who), moment=t.dated(at))
        return t("admin.review_done_text", month=name), [section(text)]
    text = t.md(
        "admin.review",
        month=name,
        looks=t.number(sum(month.looks.values())),
        automatic=t.number(month.automatic),
        destroyed=t.number(month.destroyed),
        n=t.number(args.chain_length),
        hash=args.chain_hash or "-",
    )
    ref = encode(PrivacyRef(month=month.month))
    open_records = button(t("admin.review_open"), AdminAction.REVIEW, ref, style="primary")
    return t("admin.review_text", month=name), [section(text), actions(open_records)]


def unusual(t: Texts, args: UnusualLooks, month: date) -> tuple[str, list[Block]]:
    """The warning of unusually many looks, as text and blocks. `month`: that of the records."""
    text = t.md("admin.unusual", who=mention(args.who), n=args.count, since=t.clock_time(args.since))
    open_records = button(t("admin.review_open"), AdminAction.REVIEW, encode(PrivacyRef(month=month)))
    return t("admin.unusual_text", n=args.count), [section(text), actions(open_records)]


def access_rows(t: Texts, rows: Sequence[Audit], names: Mapping[str, str]) -> Iterator[list[str]]:
    """Rows of the file of access records: who, when, where from, whose data, what (art. 8 of the standards)."""
    yield [t(key) for key in _ACCESS_COLUMNS]
    for row in rows:
        what = action_text(t, row.action)
        counts = ", ".join(f"{name} {count}" for name, count in row.details.items() if isinstance(count, int))
        store = names.get(row.store_id or "", row.store_id or "")
        yield [t.stamp(row.at), row.user_id, row.place, what, store, row.subject or "", counts]


def holding_rows(t: Texts, found: Iterable[Holding]) -> Iterator[list[str]]:
    """Rows of the file of whose data a store held."""
    yield [t(key) for key in _HOLDING_COLUMNS]
    for one in found:
        until = t("admin.held_still") if one.until is None else t.stamp(one.until)
        yield [t.of("admin.held", one.kind), str(one.number), t.stamp(one.since), until]


def _counts(t: Texts, month: MonthOfAccess) -> str:
    return t.md(
        "admin.access_counts",
        looks=t.number(sum(month.looks.values())),
        automatic=t.number(month.automatic),
        destroyed=t.number(month.destroyed),
        unusual=t.number(month.unusual),
    )


def _people(t: Texts, month: MonthOfAccess) -> str:
    totals: Counter[str] = Counter()
    for (user_id, _), count in month.looks.items():
        totals[user_id] += count
    lines = []
    for user_id, total in totals.most_common(_MOST_PEOPLE):
        done = [
            f"{action_text(t, action)} {count}"
            for (who, action), count in sorted(month.looks.items(), key=lambda item: -item[1])
            if who == user_id
        ]
        lines.append(t.md("admin.access_person", who=mention(user_id), n=total, what=", ".join(done)))
    if len(totals) > _MOST_PEOPLE:
        lines.append(t("admin.access_more", n=len(totals) - _MOST_PEOPLE))
    return "\n".join(lines)


def _reviewed(t: Texts, month: MonthOfAccess, *, over: bool) -> str:
    if month.reviewed is None:
        return t("admin.access_open" if over else "admin.access_running")
    who, at = month.reviewed
    return t.md("admin.access_reviewed", who=mention(who), moment=t.dated(at))


def _chain(t: Texts, checked: tuple[ChainState, datetime] | None) -> str:
    if checked is None:
        return t("admin.chain_unchecked")
    state, at = checked
    if state.broken_at is not None:
        return t.md("admin.chain_broken", number=t.number(state.broken_at), moment=t.dated(at))
    return t.md(
        "admin.chain_whole", n=t.number(state.length), hash=state.last_hash[:_HASH_SHOWN] or "-", moment=t.dated(at)
    )
