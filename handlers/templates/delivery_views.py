"""Views of delivery templates: the list, the form that grows with the policy, the preview, the result."""

from collections.abc import Mapping

from handlers.blocks import (
    Block,
    actions,
    button,
    button_beside,
    clip,
    context,
    divider,
    escape_title,
    header,
    input_block,
    modal,
    option,
    pager,
    section,
    text_input,
)
from handlers.common_views.partner_center import partner_center_button
from handlers.payloads import encode
from handlers.templates.ids import PolicyRef, TemplateAction, TemplateRef, TemplatesRef, TemplateView
from handlers.templates.views import SENTENCE, doubt, result, to_overview
from handlers.texts import Texts
from tmon.api import AddressType, DeliveryType, FeePolicy, NewTemplate, ProductType
from tmon.models.stores import Store
from tmon.models.templates import DeliveryTemplate, WriteState
from tmon.pages import Page
from tmon.products.repository import TemplateDeals
from tmon.templates.address_book import AddressBook
from tmon.templates.policy import NAME_MAX, PolicyForm, needed_fields
from tmon.templates.template_list import TemplateList, policy_of

PAGE = 10
"""Templates on one page."""
MOST_CHOICES = 100
"""Options of a menu (docs.slack.dev, "Select menu element")."""
_TEN_THOUSAND = 10_000
_DEAL_TITLE = 40

_LABELS = {
    "name": "templates.template_name",
    "bundled": "templates.bundled",
    "fee_policy": "templates.fee_policy",
    "free_from": "templates.free_from",
    "product_type": "templates.product_type",
    "delivery_type": "templates.delivery_type",
    "cut_off": "templates.cut_off",
    "islands": "templates.islands",
    "islands_prepaid": "templates.islands_prepaid",
    "jeju": "templates.jeju",
    "other_islands": "templates.other_islands",
    "surcharge_from": "templates.surcharge_from",
    "surcharge_to": "templates.surcharge_to",
    "ship_from": "templates.ship_from",
    "return_to": "templates.return_to",
    "tmon_return": "templates.tmon_return",
}
_FEE_LABELS = {
    FeePolicy.FREE: "templates.fee_return",
    FeePolicy.CONDITION: "templates.fee_below",
    FeePolicy.PER: "templates.fee",
    FeePolicy.AFTER: "templates.fee",
}
"""One number is the fee out and one way back; for free delivery it is the way back only (docs/tmon-api.md, ch. 7.1)."""
_FEE_POLICIES = {
    FeePolicy.FREE: "templates.policy_free",
    FeePolicy.CONDITION: "templates.policy_condition",
    FeePolicy.PER: "templates.policy_per",
    FeePolicy.AFTER: "templates.policy_after",
}
_PRODUCT_TYPES = {
    ProductType.DP01: "templates.dp01",
    ProductType.DP02: "templates.dp02",
    ProductType.DP03: "templates.dp03",
    ProductType.DP04: "templates.dp04",
    ProductType.DP05: "templates.dp05",
    ProductType.DP06: "templates.dp06",
    ProductType.DP07: "templates.dp07",
    ProductType.DP08: "templates.dp08",
}
_DELIVERY_TYPES = {
    DeliveryType.DD: "templates.same_day",
    DeliveryType.ND: "templates.next_day",
    DeliveryType.ED: "templates.exceptional",
}
_YES_NO = {
    "bundled": ("templates.bundled_yes", "templates.bundled_no"),
    "islands": ("templates.islands_yes", "templates.islands_no"),
    "islands_prepaid": ("templates.prepaid_yes", "templates.prepaid_no"),
    "tmon_return": ("templates.tmon_return_yes", "templates.tmon_return_no"),
}
_GROWS = {"fee_policy", "delivery_type", "islands", "islands_prepaid"}
"""Fields on which others depend: a choice updates the form."""
_HINTS = {"product_type": "templates.product_type_hint", "tmon_return": "templates.tmon_return_hint"}


def template_list(
    t: Texts, store: Store, shelf: TemplateList, book: AddressBook, deals: Mapping[int, TemplateDeals], page: int
) -> Block:
    """The list of templates at TMON, newest first. `deals`: those that use each, by its number."""
    shown = Page.of(shelf.templates, page, PAGE)
    blocks = [
        section(t.md("templates.templates_of", name=escape_title(store.name, 60), n=len(shelf.templates))),
        context(t("templates.never_changed")),
    ]
    for row in shown.items:
        ref = encode(TemplateRef(store=store.id, template=row.id))
        copy = button_beside(t, t("templates.copy"), row.name, f"{TemplateAction.COPY}#{row.id}", ref)
        policy = policy_of(row)
        lines = [describe(t, row, book)]
        if row.no is not None and row.no in deals:
            lines.append(used_by(t, deals[row.no]))
        blocks += [divider(), section("\n".join(lines), accessory=None if policy is None else copy)]
    blocks += pager(t, TemplateAction.LIST, TemplatesRef(store=store.id), shown, to_overview(t, store.id))
    return modal(t("templates.delivery"), blocks, callback_id=TemplateView.LIST, close=t("common.close"))


def describe(t: Texts, row: DeliveryTemplate, book: AddressBook) -> str:
    """Describe a template in a few lines, as markup."""
    policy = policy_of(row)
    lines = [t.md("templates.template", name=escape_title(row.name, 60), no=str(row.no))]
    if policy is None:
        lines.append(t("templates.policy_unknown"))
    else:
        lines += [", ".join([*fee_words(t, policy), *island_words(t, policy)]), _kind_words(t, policy)]
        lines.append(" · ".join(_address_words(t, policy, book)))
    return "\n".join(lines)


def used_by(t: Texts, deals: TemplateDeals) -> str:
    """The deals that use a template, the first of them by title."""
    titles = ", ".join(escape_title(title, _DEAL_TITLE) for title in deals.titles)
    more = deals.count - len(deals.titles)
    if more:
        return t.md("templates.used_by_more", n=deals.count, titles=titles, more=more)
    return t.md("templates.used_by", n=deals.count, titles=titles)


def money(t: Texts, won: int) -> str:
    """An amount as people say it: `5만원`, `3,000원`."""
    if t.language == "ko" and won and won % _TEN_THOUSAND == 0:
        return t("templates.ten_thousands", n=won // _TEN_THOUSAND)
    return t.money(won)


def fee_words(t: Texts, policy: NewTemplate) -> list[str]:
    """The delivery fee in words: `5만원 이상 무료`, `미만 3,000원`."""
    fee = money(t, policy.delivery_fee)
    match policy.delivery_fee_policy:
        case FeePolicy.FREE:
            return [t("templates.words_free"), t("templates.words_return", fee=fee)]
        case FeePolicy.CONDITION:
            return [
                t("templates.words_free_from", amount=money(t, policy.delivery_fee_free_price or 0)),
                t("templates.words_below", fee=fee),
            ]
        case FeePolicy.PER:
            return [t("templates.words_per", fee=fee)]
        case FeePolicy.AFTER:
            return [t("templates.words_after", fee=fee)]
        case _:
            return [t("templates.policy_unknown")]


def island_words(t: Texts, policy: NewTemplate) -> list[str]:
    """The surcharges for Jeju and the islands in words: `제주 +3,000원`, `그 외 도서산간 +5,000원`."""
    if not policy.long_distance_delivery_available:
        return [t("templates.words_no_islands")]
    if policy.long_distance_delivery_prepay:
        return [
            t("templates.words_jeju", fee=money(t, policy.long_distance_delivery_fee_jeju or 0)),
            t("templates.words_islands", fee=money(t, policy.long_distance_delivery_fee_excluding_jeju or 0)),
        ]
    lowest = money(t, policy.long_distance_delivery_discription_min or 0)
    highest = money(t, policy.long_distance_delivery_discription_max or 0)
    return [t("templates.words_surcharge", lowest=lowest, highest=highest)]


def _kind_words(t: Texts, policy: NewTemplate) -> str:
    kinds = [t("templates.bundled_yes" if policy.bundled_delivery_able else "templates.bundled_no")]
    if policy.product_type in _PRODUCT_TYPES:
        kinds.append(t(_PRODUCT_TYPES[policy.product_type]))
    if policy.delivery_type is DeliveryType.DD and policy.dday_delivery_time:
        kinds.append(t.md("templates.words_cut_off", time=escape_title(policy.dday_delivery_time, 10)))
    elif policy.delivery_type in _DELIVERY_TYPES:
        kinds.append(t(_DELIVERY_TYPES[policy.delivery_type]))
    if policy.tmon_return_cargo_using:
        kinds.append(t("templates.tmon_return_yes"))
    return " · ".join(kinds)


def _address_words(t: Texts, policy: NewTemplate, book: AddressBook) -> list[str]:
    names = {known.no: known.address.name for known in book.addresses}
    return [
        t.md("templates.words_ship_from", name=escape_title(names.get(policy.partner_delivery_address_no, "?"), 60)),
        t.md("templates.words_return_to", name=escape_title(names.get(policy.partner_return_address_no, "?"), 60)),
    ]


def policy_form(t: Texts, ref: PolicyRef, book: AddressBook, *, list_not_offered: bool) -> Block:
    """The form, with the fields that the policy typed so far needs."""
    form = ref.form
    blocks = [section(t("templates.form_intro"))]
    if list_not_offered:
        blocks.append(context(t("templates.no_duplicate_check")))
    for field in needed_fields(form):
        element, dispatch = _element(t, field, form, book), field in _GROWS
        if dispatch:
            element["action_id"] = f"{TemplateAction.CHANGED}#{field}"
        label = t(_FEE_LABELS.get(FeePolicy(form.fee_policy), "templates.fee")) if field == "fee" else t(_LABELS[field])
        hint = t(_HINTS[field]) if field in _HINTS else None
        if field == "fee" and form.fee_policy != FeePolicy.FREE:
            hint = t("templates.fee_hint")
        blocks.append(input_block(f"{field}~{ref.form_version}", label, element, hint=hint, dispatch=dispatch))
    return modal(
        t("templates.new_title"),
        blocks,
        callback_id=TemplateView.POLICY,
        close=t("common.close"),
        submit=t("templates.to_preview"),
        metadata=encode(ref),
    )


def _element(t: Texts, field: str, form: PolicyForm, book: AddressBook) -> Block:
    typed = getattr(form, field) or _usual(field, book)
    if field == "cut_off":
        picker: Block = {"type": "timepicker"}
        return {**picker, "initial_time": typed} if typed else picker
    choices = _choices(t, field, book)
    if choices is None:
        return text_input(max_length=NAME_MAX + 20 if field == "name" else 20, initial=typed)
    options = [option(text, value) for value, text in choices.items()]
    kind = "static_select" if field in {"product_type", "ship_from", "return_to"} else "radio_buttons"
    element: Block = {"type": kind, "options": options[:MOST_CHOICES]}
    chosen = next((one for one in element["options"] if one["value"] == typed), None)
    if chosen is None and len(options) == 1:
        chosen = options[0]
    return element if chosen is None else {**element, "initial_option": chosen}


def _usual(field: str, book: AddressBook) -> str:
    """The choice that is filled in: the default address."""
    kinds = {"ship_from": AddressType.SHIP_FROM, "return_to": AddressType.RETURN_TO}
    return str(book.default(kinds[field]) or "") if field in kinds else ""


def _choices(t: Texts, field: str, book: AddressBook) -> Mapping[str, str] | None:
    """The choices of a field, label by value; None for a text field."""
    if field in _YES_NO:
        yes, no = _YES_NO[field]
        return {"yes": t(yes), "no": t(no)}
    match field:
        case "fee_policy":
            return {code.value: t(key) for code, key in _FEE_POLICIES.items()}
        case "product_type":
            return {code.value: t(key) for code, key in _PRODUCT_TYPES.items()}
        case "delivery_type":
            return {code.value: t(key) for code, key in _DELIVERY_TYPES.items()}
        case "ship_from":
            return {str(no): name for no, name in book.choices(AddressType.SHIP_FROM).items()}
        case "return_to":
            return {str(no): name for no, name in book.choices(AddressType.RETURN_TO).items()}
        case _:
            return None


def preview(t: Texts, ref: PolicyRef, template: NewTemplate, book: AddressBook, *, list_not_offered: bool) -> Block:
    """The policy in words, and the second, explicit confirmation."""
    sure = option(t("templates.sure"), "yes")
    lines = [
        ", ".join([*fee_words(t, template), *island_words(t, template)]),
        _kind_words(t, template),
        *_address_words(t, template, book),
    ]
    blocks = [
        header(template.delivery_template_name),
        section("\n".join(f"• {line}" for line in lines)),
        *_slips(t, template),
        section(t("templates.preview_warning")),
    ]
    if list_not_offered:
        blocks.append(context(t("templates.no_duplicate_check")))
    blocks += [
        input_block("sure", t("templates.second_confirmation"), {"type": "checkboxes", "options": [sure]}),
        actions(button(t("templates.back"), TemplateAction.BACK)),
    ]
    return modal(
        t("templates.preview_title"),
        blocks,
        callback_id=TemplateView.PREVIEW,
        close=t("common.close"),
        submit=t("templates.register"),
        metadata=encode(ref),
    )


def _slips(t: Texts, policy: NewTemplate) -> list[Block]:
    """What is allowed, but probably a slip."""
    threshold = policy.delivery_fee_free_price
    if policy.delivery_fee_policy is FeePolicy.CONDITION and threshold and threshold <= policy.delivery_fee:
        fee, amount = money(t, policy.delivery_fee), money(t, threshold)
        return [section(t("templates.slip_threshold", fee=fee, amount=amount))]
    return []


def already_there(t: Texts, row: DeliveryTemplate, book: AddressBook, ref: PolicyRef) -> Block:
    """The identical template that exists already, and a button back to the form."""
    blocks = [section(t("templates.already_there")), section(describe(t, row, book))]
    again = button(t("templates.type_again"), TemplateAction.BACK)
    return result(t, row.store_id, blocks, again, _to_list(t, row.store_id), metadata=encode(ref))


def registered(t: Texts, row: DeliveryTemplate, book: AddressBook, *, decide: bool) -> Block:
    """The result of registering. `decide`: if it is unconfirmed, only a person can settle it."""
    if row.state is WriteState.DONE:
        blocks = [section(ended(t, row)), section(describe(t, row, book))]
        return result(t, row.store_id, blocks, _to_list(t, row.store_id))
    if row.state is not WriteState.FAILED:
        return result(t, row.store_id, doubt(t, row, decide=decide))
    ref = encode(TemplateRef(store=row.store_id, template=row.id))
    return result(
        t, row.store_id, [section(ended(t, row))], button(t("templates.type_again"), TemplateAction.COPY, ref)
    )


def ended(t: Texts, row: DeliveryTemplate) -> str:
    """Describe the result of a registration, as markup."""
    if row.state is WriteState.DONE:
        return t.md("templates.template_registered", name=escape_title(row.name, 60), no=str(row.no))
    reason = t("templates.not_arrived") if row.note is None else t(row.note)
    if row.note_detail:
        reason = f"{reason}\n{t.md('common.tmon_said', message=clip(row.note_detail, SENTENCE))}"
    return t.md("templates.template_not_registered", name=escape_title(row.name, 60)) + "\n" + reason


def _to_list(t: Texts, store_id: str) -> Block:
    return button(t("templates.list"), TemplateAction.LIST, encode(TemplatesRef(store=store_id)))


def no_addresses(t: Texts, store_id: str, kinds: list[AddressType]) -> Block:
    """The modal that says which kinds of addresses are missing: a template needs one of each."""
    names = {AddressType.SHIP_FROM: t("templates.ship_from"), AddressType.RETURN_TO: t("templates.return_to")}
    text = t("templates.address_missing", kinds=", ".join(names[kind] for kind in kinds))
    new = button(
        t("templates.new_address"), TemplateAction.NEW_ADDRESS, encode(TemplatesRef(store=store_id)), style="primary"
    )
    return result(t, store_id, [section(text)], new)


def number_form(t: Texts, store: Store) -> Block:
    """The form that asks for the number of a template at TMON, for when TMON does not list them."""
    return modal(
        t("templates.add"),
        [
            section(t("templates.add_intro"), accessory=partner_center_button(t)),
            input_block(
                "no", t("templates.template_no"), text_input(max_length=20), hint=t("templates.template_no_hint")
            ),
            input_block(
                "name",
                t("templates.template_name"),
                text_input(max_length=NAME_MAX),
                optional=True,
                hint=t("templates.add_name_hint"),
            ),
        ],
        callback_id=TemplateView.ADD,
        close=t("common.close"),
        submit=t("templates.add"),
        metadata=encode(TemplatesRef(store=store.id)),
    )


def is_there_form(t: Texts, row: DeliveryTemplate) -> Block:
    """The form that asks for the number of an unconfirmed template at TMON."""
    return modal(
        t("templates.is_there"),
        [
            section(
                t.md("templates.is_there_intro", name=escape_title(row.name, 60)),
                accessory=partner_center_button(t),
            ),
            input_block(
                "no", t("templates.template_no"), text_input(max_length=20), hint=t("templates.template_no_hint")
            ),
        ],
        callback_id=TemplateView.IS_THERE,
        close=t("common.close"),
        submit=t("templates.save"),
        metadata=encode(TemplateRef(store=row.store_id, template=row.id)),
    )
