"""Menus of carriers and reasons, and who is at fault for a reason."""

from collections.abc import Sequence

from handlers.blocks import Block, clip, input_block, option, plain
from handlers.codes.ids import DIRECT, CodeAction
from handlers.texts import Texts
from tmon.codes.reasons import fault_of
from tmon.codes.tables import OWN_DELIVERY, Carrier, Reason, is_carrier_code
from tmon.models.claims import ClaimKind

MAX_OPTIONS = 100
"""Slack's limit of options in a menu."""


def carrier_select(t: Texts, *, chosen: Carrier | None = None, action_id: str = CodeAction.FIND_CARRIER) -> Block:
    """The element of a menu of carriers, which is searched on our side. The id of its block is `carrier_block`.

    A form that changes with the carrier has an `action_id` of its own, and registers `listeners.find_carriers` for it.
    """
    element: Block = {
        "type": "external_select",
        "action_id": action_id,
        "min_query_length": 0,
        "placeholder": plain(t("codes.carrier_placeholder"), 150),
    }
    if chosen is not None:
        element["initial_option"] = carrier_option(t, chosen)
    return element


def carrier_block(store_id: str, field: str = "carrier") -> str:
    """Return the block id of a menu of carriers: Slack asks for its options without saying for which store."""
    return f"{field}~{store_id}"


def carrier_input(
    t: Texts,
    store_id: str,
    *,
    field: str = "carrier",
    chosen: Carrier | None = None,
    optional: bool = False,
    action_id: str | None = None,
) -> Block:
    """The input `택배사`. `action_id`: of a form that is drawn again when the carrier changes."""
    return input_block(
        carrier_block(store_id, field),
        t("codes.carrier"),
        carrier_select(t, chosen=chosen, action_id=action_id or CodeAction.FIND_CARRIER),
        optional=optional,
        dispatch=action_id is not None,
    )


def carrier_name(t: Texts, carrier: Carrier) -> str:
    """The name of a carrier as people read it."""
    if carrier.code == OWN_DELIVERY:
        return t("codes.own_delivery")
    if carrier.code == DIRECT:
        return t("codes.direct")
    return t("codes.unnamed", code=carrier.code) if carrier.name == carrier.code else carrier.name


def carrier_option(t: Texts, carrier: Carrier) -> Block:
    """A carrier in a menu."""
    return option(carrier_name(t, carrier), carrier.code)


def carrier_options(t: Texts, carriers: Sequence[Carrier], typed: str) -> list[Block]:
    """The options for what was typed: carriers by name or code, and the code itself if it is five digits.

    Without carriers to choose from there is always a way to type the code.
    """
    wanted = "".join(typed.split()).casefold()
    found = [
        carrier
        for carrier in carriers
        if wanted in f"{carrier_name(t, carrier)}\n{carrier.name}".replace(" ", "").casefold() or wanted in carrier.code
    ]
    if is_carrier_code(wanted):
        if any(carrier.code == wanted for carrier in found):
            return [carrier_option(t, carrier) for carrier in found]
        return [option(t("codes.direct_code", code=wanted), wanted)]
    return [*(carrier_option(t, carrier) for carrier in found[: MAX_OPTIONS - 1]), option(t("codes.direct"), DIRECT)]


def reason_options(reasons: Sequence[Reason]) -> list[Block]:
    """The options of a menu of reasons. Two that read alike are told apart by their codes."""
    names = [reason.name for reason in reasons]
    return [
        option(
            clip(reason.name, 60) if names.count(reason.name) == 1 else f"{clip(reason.name, 50)} ({reason.code})",
            reason.code,
        )
        for reason in reasons[:MAX_OPTIONS]
    ]


def fault_text(t: Texts, kind: ClaimKind, reason: str) -> str:
    """Who is at fault for a request, marked as a hint (`참고`) of ours."""
    return t("codes.fault", who=t.of("codes.fault", fault_of(kind, reason)))
