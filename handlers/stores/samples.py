"""Samples of stores: setup, lists, settings, checks, and notices about switches."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from handlers.common_views.notice import notice
from handlers.common_views.rights import no_right_notice
from handlers.common_views.stores import channel as mended_channel
from handlers.common_views.stores import is_key_refused, state_label
from handlers.common_views.switches import switch_off_notice
from handlers.feature import Sample
from handlers.permissions import PermissionDenied
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, checklist, listed_deal, overview, store
from handlers.samples.messages import message
from handlers.stores import (
    connection_check_views,
    contact_address_views,
    handover,
    settings_views,
    setup_views,
    status_views,
    views,
)
from handlers.stores.ids import ChangeRef, KeyRef, MenuRef, PartRef, PushRef, SetupRef, StoreView, StoreViewRef
from handlers.stores.key_check import key_note
from handlers.texts import Texts, mention
from tmon.counters.definitions import Counter
from tmon.counters.service import Tally
from tmon.dashboard.checklist import Checklist, Milestone
from tmon.dashboard.home import LateCounts, PendingTask
from tmon.errors import state_key
from tmon.models.stores import ApiGroup, ConfirmMode, PendingReason, Store, StoreState
from tmon.permissions import Permission, Person
from tmon.products.sale_period.service import FirstRun
from tmon.stock.push_preview import NotCompared, OptionChange, PushPreview
from tmon.stock.service import SkuImportResult
from tmon.stores.approval import ApprovalResult
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.change_preview import ChangeEffect, ChangePreview
from tmon.stores.connection_check import Mark, Step, StepResult
from tmon.stores.contact_notice import NoticeOutcome, NoticeState
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX, MAX_CEILING, MAX_WORKERS, SETTING_FIELDS
from tmon.stores.form import StoreForm
from tmon.stores.messages import StoreHandedOver
from tmon.stores.settings import Part
from tmon.stores.switches import SwitchOff

_OWNER, _READER = Person("T1", "U1"), Person("T1", "U9")
_WORKERS = [f"U{number:010}" for number in range(MAX_WORKERS)]
_WORST: dict[str, Any] = {
    "name": NASTY[: MAX["store_name"]],
    "state": StoreState.KEY_REJECTED,
    "pending_reason": PendingReason.KEY_REFUSED,
    "pending_message": LONG,
    "check_due_at": MOMENT,
    "channel_ok": False,
    "sync_on": False,
    "confirm_mode": ConfirmMode.RUNPLE,
    "runple": True,
    "worker_ids": _WORKERS,
    "auto_max_amount": MAX_CEILING,
    "auto_max_quantity": MAX_CEILING,
    "extend_days": 90,
}
EFFECTS = (
    *(ChangeEffect(state_key("settings.effect", f"{name}_on"), {"since": MOMENT}) for name in ("sync", "order")),
    *(ChangeEffect(state_key("settings.effect", f"{name}_begin")) for name in ("sync", "order")),
    *(ChangeEffect(state_key("settings.effect", f"{name}_off"), {"n": HUGE}) for name in ("sync", "order")),
    *(
        ChangeEffect(state_key("settings.effect", f"{group}_{end}"))
        for group in ("product", "cs", "stock")
        for end in ("on", "off")
    ),
    *(ChangeEffect(state_key("settings.effect_mode", mode)) for mode in ConfirmMode),
    ChangeEffect("settings.effect_auto_max_amount", {"auto_max_amount": str(MAX_CEILING)}),
    ChangeEffect("settings.effect_auto_max_quantity", {"auto_max_quantity": str(MAX_CEILING)}),
    ChangeEffect("settings.effect_unknown", {"n": HUGE}),
    ChangeEffect("settings.effect_channel", {"channel": "C1"}),
    ChangeEffect("settings.effect_workers", {"people": tuple(_WORKERS)}),
    ChangeEffect("settings.effect_extend", {"days": 90}),
)
"""Every consequence whose text has placeholders."""


_TASKS = ("inquiries", "mismatch", "extension")


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view and message about stores."""
    yield from _setup(t)
    yield from _stores(t)
    yield from _settings(t)


def _setup(t: Texts) -> Iterator[Sample]:
    texts: dict[str, Any] = {name: "가" * length for name, length in MAX.items()}
    chosen = {"category": TOP_LEVEL[-1], "extend_days": EXTEND_DAYS[-1], "confirm_mode": ConfirmMode.AUTO}
    people = {"contact_user": "U0MINJI001", "channel": "C0ORDERS01", "workers": ["U0MINJI001", "U0JUNHO002"]}
    full = StoreForm.model_validate({**texts, **chosen, **people})
    ref = SetupRef(store=store().id, base=MOMENT)
    for number in setup_views.STEP_VIEWS:
        yield f"setup step {number}", setup_views.step(t, number, StoreForm(), SetupRef(fresh=True))
        yield f"setup step {number} filled", setup_views.step(t, number, full, ref, has_key=True, has_vendor=True)
        more = setup_views.step(t, number, full, ref.model_copy(update={"more": True}), note=LONG[:2000])
        yield f"setup step {number}, everything", more
    accepted = SetupRef(accepted=True)
    contact = setup_views.step(t, 2, full, accepted, note=key_note(t, ApprovalResult()))
    yield "setup step 2, accepted", contact
    yield "setup step 1, example", setup_views.with_example(setup_views.step(t, 1, full, accepted, example=True), full)
    for reason in (None, *PendingReason):
        note = key_note(t, ApprovalResult(reason, NASTY) if reason else None)
        yield f"key form, {reason}", setup_views.key_form(t, KeyRef(step=3), "s" * 100, note)
    yield (
        "key form of a store",
        setup_views.key_form(t, KeyRef(store="st_1"), NASTY, "\n".join(views.key_state(t, store()))),
    )
    drafts = [DraftInfo("", NASTY, 2, MOMENT), DraftInfo("st_1", "", 3, MOMENT)]
    yield "setup choices", setup_views.choices(t, drafts, [store(NASTY, id=f"st_{n}") for n in range(120)])
    yield "setup progress", setup_views.progress(t)
    yield "setup progress, slow", setup_views.progress(t, slow=True)


def _steps(one: Store) -> Checklist:
    return checklist(one, Milestone.KEY if is_key_refused(one) else Milestone.ADDRESSES)


def _stores(t: Texts) -> Iterator[Sample]:
    shown = {reason.value: store(NASTY, pending_reason=reason, pending_message=NASTY) for reason in PendingReason}
    shown["approved"] = store(state=StoreState.APPROVED)
    shown["rejected"] = store(NASTY, state=StoreState.KEY_REJECTED, pending_message=LONG, channel_ok=False)
    shown["paused"] = store(state=StoreState.APPROVED, sync_on=False, confirm_mode=ConfirmMode.AUTO)
    for name, one in shown.items():
        for waiting in (None, 0, HUGE):
            blocks = views.result(t, one, waiting, _steps(one))
            yield f"setup result {name}, {waiting}", setup_views.result(t, blocks)
    for step in (*Milestone, None):
        following = views.result(t, shown["approved"], 0, checklist(shown["approved"], step))
        yield f"setup result approved, next {step}", setup_views.result(t, following)
    chosen = [*blocks, *settings_views.chosen(t, store(**_WORST))]
    yield "setup result, chosen by default", setup_views.result(t, chosen)
    yield "setup result as a message", message(state_label(t, one), blocks)
    for waiting in (None, 0, HUGE):
        text = t.md("stores.auto_offer", name=NASTY, n=waiting or 0)
        yield f"automatic confirmation {waiting}", message(text, views.auto_offer(t, store(NASTY), waiting))
    for key in ("stores.approved_at_last", "stores.auto_not_chosen", "stores.auto_runs"):
        yield key, message(t.md(key, name=NASTY))
    lost = t.md("stores.channel_lost", name=NASTY, channel="C1")
    yield "channel lost", message(lost, views.channel_lost(t, store(NASTY), lost))
    for key in ("stores.contact_lost", "stores.registrant_lost"):
        lost = t.md(key, name=NASTY, who=mention("U1"))
        yield key, message(lost, views.to_settings(t, store(NASTY), lost))
    for key in ("stores.channel_mended", "stores.channel_replaced"):
        yield key, message(t.md(key, name=NASTY, channel=mended_channel(store(NASTY))))
    yield "email to confirm", contact_address_views.code_form(t, store(NASTY), f"{'a' * 64}@{'b' * 60}.example.com")
    yield "email confirmed", contact_address_views.confirmed(t, store(NASTY))
    unconfirmed = store(NASTY, contact_confirmed=False)
    yield (
        "email to confirm, result",
        message(
            t("stores.email_unconfirmed"), views.result(t, unconfirmed, 0, checklist(unconfirmed, Milestone.APPROVAL))
        ),
    )
    yield "stores.worker_chosen", message(views.worker_chosen(t, store(NASTY), _WORKERS[0], "U1"))
    yield "stores.cs_worker_chosen", message(views.worker_chosen(t, store(NASTY), "U9", "U1"))
    for right in (Permission.OPERATE, Permission.ANSWER, Permission.MANAGE):
        asked = t.md_of("stores.right_requested", right, who=mention("U1"), name=NASTY)
        yield f"right requested, {right}", message(asked, views.to_settings(t, store(NASTY), asked))
        refused = no_right_notice(t, PermissionDenied("common.need_work", right, store(NASTY), people=mention("U1")))
        yield f"right refused, {right}", notice(t, refused)
    many = [overview(store("&" * MAX["store_name"], id=f"st_{n}", state=StoreState.KEY_REJECTED)) for n in range(25)]
    for name, listed in (("empty", []), ("usual", [overview(shown["approved"])]), ("worst", many)):
        yield f"store list {name}", views.store_list(t, Person("T1", "U1"), listed, 0)
        tasks = [PendingTask(one.store, task, HUGE, at) for one in listed for task in _TASKS for at in (None, MOMENT)]
        late = LateCounts(date(2026, 3, 1), {one.store.id: dict.fromkeys(Counter, Tally(HUGE, HUGE)) for one in listed})
        view = status_views.status(t, listed, 0, Person("T1", "U1"), tasks, dict.fromkeys(_TASKS, "stock"), late)
        yield f"status {name}", view
    ref = MenuRef(store=store().id, page=2, view=StoreView.REMOVE, parent=StoreView.LIST)
    for waiting in (0, HUGE):
        yield f"removal form {waiting}", views.removal_form(t, store(NASTY), waiting, ref)
        yield f"pause form {waiting}", views.pause_form(t, store(NASTY), waiting, ref)
        yield f"automatic confirmation form {waiting}", views.auto_form(t, store(NASTY), waiting)
        yield f"greeting {waiting}", views.greeting(t, store(NASTY), "U1", waiting)
    yield "greeting, many people", views.greeting(t, store(**_WORST), "U1", None)
    yield "hand-over", handover.form(t, store(NASTY), StoreViewRef(store=store().id, page=2))
    yield "handed over", handover.result(t, store(NASTY), "U1")
    handed = StoreHandedOver(store=store().id, who="U1", former="U2", successor="U3")
    yield "store handed over", message(handover.told(t, store(NASTY), handed), None)


def _settings(t: Texts) -> Iterator[Sample]:
    """Yield the views and messages about a store's settings, and the home tab."""
    usual, worst = store(state=StoreState.APPROVED), store(**_WORST)
    for name, one in (("usual", usual), ("worst", worst)):
        yield f"store {name}", settings_views.store_view(t, _OWNER, overview(one), 3)
        yield f"store {name}, saved", settings_views.store_view(t, _OWNER, overview(one), 3, t("settings.saved"))
        yield f"store {name}, for a reader", settings_views.store_view(t, _READER, overview(one))
        yield from _forms(t, name, one)
    yield from _tests(t)
    for group in (None, *ApiGroup):
        for reader, person in (("manager", _OWNER), ("reader", _READER)):
            error = SwitchOff(store(name=NASTY), group)
            blocks = switch_off_notice(t, person, error)
            yield f"switch {group or 'sync'} off, for a {reader}", message(t.md(error.key, **error.values), blocks)


def _forms(t: Texts, name: str, one: Any) -> Iterator[Sample]:
    filled = StoreForm.model_validate({**{field: "가" * length for field, length in MAX.items()}, "workers": _WORKERS})
    for part in Part:
        for anew in (False, True):
            ref = PartRef(store=one.id, part=part, base=MOMENT, page=1)
            yield (
                f"store {name}, form {part}, anew: {anew}",
                settings_views.form(t, one, filled, ref, changed_meanwhile=anew),
            )
    typed: dict[str, str | list[str]] = {**dict.fromkeys(SETTING_FIELDS, "on"), "workers": _WORKERS}
    change = ChangeRef(store=one.id, base=MOMENT, page=1, typed=typed, push="0" * 16)
    pushed = OptionChange(HUGE, HUGE, NASTY, NASTY, HUGE, 0)
    push = PushPreview(SkuImportResult(), pushes=True, changes=(pushed,) * 300, not_compared=NotCompared.NO_ANSWER)
    for waiting in (None, HUGE):
        shown = settings_views.effects(t, one, ChangePreview(EFFECTS, waiting, begins=True), change)
        yield f"store {name}, effects, waiting: {waiting}", shown
        shown = settings_views.effects(
            t, one, ChangePreview(EFFECTS, waiting, begins=True), change, push=push, anew=True
        )
        yield f"store {name}, effects on stock, waiting: {waiting}", shown
    yield (
        f"store {name}, setup and stock",
        setup_views.push_view(t, one, push, PushRef(store=one.id, push="0" * 16), anew=True),
    )
    yield f"store {name}, reading stock", settings_views.reading(t)
    for deals in (0, 1, 100):
        lapsing = [listed_deal(HUGE, title=LONG)] * deals
        first = FirstRun(MOMENT, MOMENT, lapsing)
        shown = settings_views.effects(t, one, ChangePreview(EFFECTS[:1], None), change, first)
        yield f"store {name}, effects, ends before the first run: {deals}", shown
    values: dict[str, list[Any]] = {
        **{group.value: [True, False] for group in ApiGroup},
        "confirm_mode": ["manual", "auto"],
        "extend_days": [0, 30],
        "channel": ["C1", "C2"],
        "workers": [[], _WORKERS],
        "auto_max_amount": ["", str(MAX_CEILING)],
    }
    yield f"store {name}, changed", message(settings_views.changed_text(t, one, "U1", ["api_key", "memo"], values))


def _tests(t: Texts) -> Iterator[Sample]:
    yield "test under way", connection_check_views.progress(t, t("checks.asking"))
    reasons = dict.fromkeys(Step, t.md("common.tmon_said", message=NASTY))
    for mark in Mark:
        for state in StoreState:
            results = [StepResult(step, mark) for step in Step]
            yield (
                f"connection {mark}, {state}",
                connection_check_views.connection(t, store(NASTY, state=state), results, reasons),
            )
    for arrival in NoticeState:
        for contact, reached in ((None, "U1"), ("U2", "U1"), ("U2", "U2")):
            outcome = NoticeOutcome(arrival, arrival, reached if arrival is NoticeState.DELIVERED else None)
            shown = connection_check_views.notice(t, store(NASTY, contact_user_id=contact), outcome, "kim@example.com")
            yield f"notice {arrival}, {contact} {reached}", shown
    found = connection_check_views.notice(
        t, store(), NoticeOutcome(NoticeState.DELIVERED, NoticeState.DELIVERED, "U1"), "kim@example.com", is_theirs=True
    )
    yield "notice, found by the address", found
    yield "notice", message(connection_check_views.notice_text(t, store(NASTY), "U1"))
