"""Texts about stores that several features use: state, problems, last collection, labels of fields."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.blocks import Block, button_beside, clip, menu, option
from handlers.common_views.ids import StoreRef, StoreRemedy
from handlers.common_views.partner_center import partner_center_buttons
from handlers.payloads import encode
from handlers.texts import Markup, Texts
from tmon.dashboard.stores import KindOverview, Overview
from tmon.models.collection import ORDERS
from tmon.models.products import SalePeriodSchedule
from tmon.models.stores import ApiGroup, ConfirmMode, PendingReason, Store, StoreState
from tmon.permissions import Permission, Person, has_permission
from tmon.reviews.collector import REVIEWS

PAGE = 10
"""Stores on one page."""
EVERY_STORE = "all"
"""Value of a menu's entry for all stores."""
_IN_MENU = 99
"""Stores in a menu, beside the entry for all of them."""
_SENTENCE = 500
"""Maximum length of a message from TMON."""
_NAME = 20
"""Maximum length of a store's name in a message about something else."""


def short_name(store: Store) -> str:
    """The name of a store as far as cards show it: the product is what matters there."""
    return clip(store.name, _NAME)


def store_menu(t: Texts, action_id: str, stores: Sequence[Store], chosen: str | None) -> Block:
    """A menu of all stores and of each one; of many, those that fit, and always the chosen one. `chosen`: None for all."""
    listed = sorted(stores, key=lambda store: store.id != chosen)[:_IN_MENU]
    entries = [option(store.name, store.id) for store in sorted(listed, key=lambda store: store.name_key)]
    every = option(t("orders.every_store"), EVERY_STORE)
    return menu(action_id, t("orders.store"), [every, *entries], chosen or EVERY_STORE)


def state_label(t: Texts, store: Store) -> str:
    """The store's state with its emoji."""
    if is_key_refused(store):
        return t("stores.state_rejected")
    if store.state is StoreState.PENDING:
        return t("stores.state_pending")
    return t("stores.state_approved") if store.sync_on else t("stores.state_paused")


def is_key_refused(store: Store) -> bool:
    """Whether TMON refuses the store's key, so that nothing but another key helps."""
    return store.state is StoreState.KEY_REJECTED or (
        store.state is StoreState.PENDING and store.pending_reason is PendingReason.KEY_REFUSED
    )


def remedies(t: Texts, person: Person, store: Store, *, style: str | None = None) -> list[Block]:
    """Buttons that mend what is wrong with a store, for those who manage it. `style`: that of the first."""
    if not has_permission(person, Permission.MANAGE, store):
        return []
    found = []
    if is_key_refused(store):
        found += [fix_key_button(t, store, style=style), *partner_center_buttons(t, store.id)]
    elif store.active and waits_for_start(store):
        value = encode(StoreRef(store=store.id))
        found.append(
            button_beside(
                t, t("stores.start_auto"), store.name, f"{StoreRemedy.ASK_AUTO}#{store.id}", value, style=style
            )
        )
    if not store.contact_confirmed:
        found.append(confirm_email_button(t, store, style=None if found else style))
    return found


def confirm_email_button(t: Texts, store: Store, *, style: str | None = None) -> Block:
    """The button that opens the form for the code which went to the contact's address."""
    action = f"{StoreRemedy.CONFIRM_EMAIL}#{store.id}"
    ref = encode(StoreRef(store=store.id))
    return button_beside(t, t("settings.confirm_email"), store.name, action, ref, style=style)


def fix_key_button(t: Texts, store: Store, *, style: str | None = None) -> Block:
    """The button that opens the form with nothing but the key."""
    return button_beside(
        t,
        t("setup.fix_key"),
        store.name,
        f"{StoreRemedy.FIX_KEY}#{store.id}",
        encode(StoreRef(store=store.id)),
        style=style,
    )


CATEGORIES = {
    "패션의류": "setup.category_fashion",
    "패션잡화": "setup.category_accessories",
    "뷰티": "setup.category_beauty",
    "식품·건강": "setup.category_food",
    "출산·유아동": "setup.category_children",
    "생활·주방": "setup.category_living",
    "가구·홈데코": "setup.category_furniture",
    "가전·컴퓨터": "setup.category_electronics",
    "스포츠·레저": "setup.category_sports",
    "자동차·공구": "setup.category_cars",
    "도서·문구": "setup.category_books",
    "반려동물": "setup.category_pets",
    "여행·티켓": "setup.category_travel",
    "기타": "setup.category_other",
}
"""Names of the categories, which are stored in Korean (`tmon.stores.categories`)."""


def category_name(t: Texts, category: str) -> str:
    """The name of a store's category; empty if it has none."""
    return t(CATEGORIES[category]) if category in CATEGORIES else category


def channel(store: Store) -> Markup:
    """A link to the store's channel."""
    return Markup(f"<#{store.channel_id}>")


def problems(t: Texts, store: Store, collections: Sequence[KindOverview] = ()) -> list[str]:
    """The problems of a store, one line each, as markup."""
    lines = []
    if store.state is not StoreState.APPROVED:
        lines += why_not_approved(t, store)
    if not store.sync_on:
        lines.append(t("stores.paused"))
    elif not store.order_on:
        lines.append(t("stores.orders_off"))
    if not store.channel_ok:
        lines.append(t.md("stores.channel_unreached", channel=channel(store)))
    if not store.contact_confirmed:
        lines.append(t("stores.email_unconfirmed"))
    if waits_for_start(store):
        lines.append(t("stores.auto_not_begun"))
    if store.active:
        for one in collections:
            row = one.state
            if row is None or not one.switched_on:
                continue
            if row.not_offered_at is not None:
                if row.kind != REVIEWS:  # nobody can mend it, and it is said by `store_notes`
                    lines.append(t.of("stores.not_offered", row.kind))
            elif row.failures and row.failing_since is not None:
                lines.append(t.of("stores.failing", row.kind, moment=t.moment(row.failing_since), n=row.failures))
    return lines


def store_notes(t: Texts, store: Store, collections: Sequence[KindOverview]) -> list[str]:
    """What is good to know of a store and no problem: that TMON offers no reviews."""
    missing = any(
        one.kind == REVIEWS and one.switched_on and one.state is not None and one.state.not_offered_at is not None
        for one in collections
    )
    return [t("stores.not_offered_reviews")] if missing and store.active else []


def why_not_approved(t: Texts, store: Store) -> list[str]:
    """The reason why a store is not approved, with TMON's message, and when it is asked again."""
    lines = _why(t, store)
    if store.check_due_at is not None and (store.pending_reason or store.state is StoreState.KEY_REJECTED):
        lines.append(t("stores.asked_again", moment=t.moment(store.check_due_at)))
    return lines


def why_key(t: Texts, store: Store) -> list[str]:
    """What is wrong with the store's key, with TMON's message, above the field for another one."""
    if not is_key_refused(store):
        return why_not_approved(t, store)
    lines = _why(t, store)
    rejected = store.state is StoreState.KEY_REJECTED
    return [t("stores.key_why_rejected" if rejected else "stores.key_why_key"), *lines[1:]]


def _why(t: Texts, store: Store) -> list[str]:
    if store.state is StoreState.KEY_REJECTED:
        lines = [t("stores.why_rejected")]
    elif store.pending_reason is None:
        lines = [t("stores.why_asking")]
    else:
        lines = [reason_text(t, store.pending_reason)]
    if store.pending_message:
        lines.append(t.md("common.tmon_said", message=clip(store.pending_message, _SENTENCE)))
    return lines


_REASONS = {
    PendingReason.KEY_REFUSED: "stores.why_key",
    PendingReason.VENDOR_REFUSED: "stores.why_vendor",
    PendingReason.VENDOR_MISSING: "common.tmon_vendor_missing",
    PendingReason.NOT_APPROVED: "stores.why_not_approved",
    PendingReason.IP_REFUSED: "stores.why_ip",
    PendingReason.REFUSED: "stores.why_refused",
    PendingReason.TMON_DOWN: "stores.why_down",
    PendingReason.TMON_SLOW: "stores.why_slow",
    PendingReason.UNREADABLE: "stores.why_unreadable",
    PendingReason.THROTTLED: "stores.why_throttled",
}


def reason_text(t: Texts, reason: PendingReason) -> str:
    """Why TMON has not accepted a key."""
    return t(_REASONS[reason])


def waits_for_start(store: Store) -> bool:
    """Whether automatic confirmation is chosen but not started yet."""
    return store.confirm_mode is not ConfirmMode.MANUAL and store.auto_from is None


def last_success(t: Texts, overview: Overview, *, lasting: bool = False) -> str:
    """Last and next collection of each kind that is switched on.

    `lasting`: for a view that is still read hours later, with times of the clock.
    """
    shown = [one for one in overview.collections if one.kind == ORDERS or one.switched_on]
    lines = [_last_success(t, overview.store, one, lasting=lasting) for one in shown]
    extension = overview.extension
    if extension is not None and overview.store.active and overview.store.group_on(ApiGroup.PRODUCT):
        lines.append(_last_extension(t, extension))
    return "\n".join(lines)


def _last_extension(t: Texts, schedule: SalePeriodSchedule) -> str:
    what, following = t("stores.kind_extension"), t.moment(schedule.due_at)
    if schedule.ran_at is None:
        return t("stores.collected_next", collected=t("stores.never_collected", what=what), next=following)
    text = t("stores.collected", what=what, moment=t.moment(schedule.ran_at))
    return t("stores.collected_next", collected=text, next=following)


def _last_success(t: Texts, store: Store, one: KindOverview, *, lasting: bool) -> str:
    what, row = t.of("stores.kind", one.kind), one.state
    if row is None or row.last_success_at is None:
        return t("stores.never_collected", what=what)
    moment = t.moment(row.last_success_at) if lasting else _ago(t, row.last_success_at)
    text = t("stores.collected", what=what, moment=moment)
    if not store.active or not one.switched_on:
        return text
    if not lasting and one.every and not row.failures:
        every = t("stores.seconds", n=one.every.seconds) if one.every < timedelta(minutes=1) else t.duration(one.every)
        return t("stores.collected_every", collected=text, every=every)
    return t("stores.collected_next", collected=text, next=t.moment(row.due_at))


def _ago(t: Texts, moment: datetime) -> str:
    """`방금`, `5분 전`, or `오늘 09:00`."""
    span = t.since(moment)
    if span >= timedelta(hours=1):
        return t.moment(moment)
    return t("stores.just_now") if span < timedelta(minutes=1) else t("stores.ago", span=t.duration(span))


LABELS = {
    "seller_id": "setup.seller_id",
    "store_name": "setup.store_name",
    "api_key": "setup.api_key",
    "memo": "setup.memo",
    "vendor_code": "setup.vendor_code",
    "access_key": "setup.access_key",
    "secret_key": "setup.secret_key",
    "personal_data_key": "setup.personal_data_key",
    "policy_no": "setup.policy_no",
    "contact_name": "setup.contact_name",
    "contact_title": "setup.contact_title",
    "contact_email": "setup.contact_email",
    "contact_phone": "setup.contact_phone",
    "contact_mobile": "setup.contact_mobile",
    "sync": "setup.sync",
    "product": "setup.product",
    "order": "setup.order",
    "cs": "setup.cs",
    "stock": "setup.stock",
    "category": "setup.category",
    "contact_user": "setup.contact_user",
    "confirm_mode": "setup.confirm_mode",
    "auto_max_amount": "setup.auto_max_amount",
    "auto_max_quantity": "setup.auto_max_quantity",
    "extend_days": "setup.extend",
    "channel": "setup.channel",
    "workers": "setup.workers",
    "report_revenue": "reports.show_revenue",
    "product_managers_only": "listing_settings.managers_only",
    "cs_workers": "setup.cs_workers",
}
"""Labels of the fields, by field name."""
