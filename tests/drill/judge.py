"""What must hold, whatever was killed: judged by what the far sides have seen, and by who was hurt when."""

import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.drill.fleet import Life
from tests.drill.plan import DrillStore

MARKS = {"🆕": "new", "⏸": "new", "⏳": "confirming", "❓": "unknown", "✅": "confirmed", "🚫": "cancelled"}
"""What a card of an order begins with, by the state that it shows."""
_NUMBER = re.compile(r"\b91\d{8}\b")
"""Of an order at TMON's double."""
_NEAR = 1.5
"""Seconds before and after a call within which the caller counts as hurt by what happened to it: a call takes a while."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """All that is known at rest."""

    stores: tuple[DrillStore, ...]
    team_ids: tuple[str, ...]
    lives: Sequence[Life]
    tmon: Document
    slack: Document
    history: Mapping[int, list[str]]
    """By order number: its states in the database, oldest first."""
    batches: Mapping[int, str]
    """By order number: the batch card that shows it."""
    noted: frozenset[int]
    """Orders whose card says why they were not confirmed."""
    store_ids: Mapping[str, int]
    """By id: which of the workspaces a store belongs to."""

    def life(self, host: str) -> Life | None:
        """The process that calls from an address."""
        return next((life for life in self.lives if life.host == host), None)

    def was_hurt(self, host: str, since: float, until: float) -> bool:
        """Whether a process was killed, frozen or stopped around that time."""
        life = self.life(host)
        return life is not None and life.was_hurt(since - _NEAR, until + _NEAR)

    def store(self, seller_id: str) -> DrillStore:
        """A store by its account at TMON."""
        return next(store for store in self.stores if store.seller_id == seller_id)

    @property
    def team_of_order(self) -> dict[int, int]:
        """By order number: which of the workspaces it belongs to."""
        return {one["order_no"]: self.store(one["partner"]).team for one in self.tmon["orders"]}

    @property
    def messages(self) -> list[Document]:
        """What stands in the workspaces, for everybody."""
        return [one for one in self.slack["messages"] if one["only_for"] is None]


# --- while it goes on ---
def overlapping_runs(seen: Evidence) -> Iterator[str]:
    """Runs of a store and kind that asked TMON while another one did."""
    runs: dict[tuple[str, str], dict[tuple[str, str], list[Document]]] = defaultdict(lambda: defaultdict(list))
    for call in seen.tmon["calls"]:
        if call["partner"] and call["name"].endswith(".list"):
            dates = f"{call['query'].get('startDate')} {call['query'].get('endDate')}"
            runs[call["partner"], call["name"]][call["host"], dates].append(call)
    for (partner, name), found in runs.items():
        spans = sorted(
            (min(one["received"] for one in calls), max(_end(one) for one in calls), host)
            for (host, _), calls in found.items()
        )
        for (began, ended, host), (then, until, other) in itertools.combinations(spans, 2):
            if then < ended and not seen.was_hurt(host, began, ended) and not seen.was_hurt(other, then, until):
                yield f"{partner} {name}: {host} {began:.2f}–{ended:.2f}, {other} from {then:.2f}"


def confirmed_twice(seen: Evidence) -> Iterator[str]:
    """Deals that were confirmed twice at TMON, or once more by a process that nothing had happened to."""
    puts: dict[tuple[str, int], list[Document]] = defaultdict(list)
    for call in seen.tmon["calls"]:
        if call["name"] == "orders.confirm":
            puts[call["path"], call["body"]["tmonDealNo"]].append(call)
    for (path, deal), calls in puts.items():
        effective = [call for call in calls if call["took_effect"]]
        if len(effective) > 1:
            yield f"{path} deal {deal}: confirmed {len(effective)} times, by {[one['host'] for one in effective]}"
        for call in calls:
            late = effective and call["received"] > effective[0]["received"] and call is not effective[0]
            if late and not seen.was_hurt(call["host"], call["received"], _end(call)):
                yield f"{path} deal {deal}: {call['host']} sent it although {effective[0]['host']} had confirmed it"


def strayed(seen: Evidence) -> Iterator[str]:
    """Calls to Slack with the token of one workspace that are about another one."""
    of_order = seen.team_of_order
    names = {store.name.split()[0]: store.team for store in seen.stores}
    for call in seen.slack["calls"]:
        team = seen.team_ids.index(call["team_id"])
        said = json.dumps(call["args"], ensure_ascii=False)
        about = {of_order[int(number)] for number in _NUMBER.findall(said) if int(number) in of_order}
        about |= {of for name, of in names.items() if re.search(rf"{name} \d\d", said)}
        about |= {of for store_id, of in seen.store_ids.items() if store_id in said}
        if about - {team}:
            yield f"{call['method']} {call['channel']} of workspace {team} by {call['host']} is about {about}"


def older_drawings(seen: Evidence) -> Iterator[str]:
    """Drawings of a card that show an older state than one before them."""
    drawn: dict[tuple[str, str, str], list[Document]] = defaultdict(list)
    for call in seen.slack["calls"]:
        if call["ok"] and call["method"] in ("chat.postMessage", "chat.update"):
            drawn[call["team_id"], call["channel"], call["ts"]].append(call)
    for place, calls in drawn.items():
        calls.sort(key=lambda call: float(call["effective"]))
        for call, why in _backwards(seen, calls):
            if not seen.was_hurt(call["host"], call["received"], _end(call)):
                yield f"{place}: {call['host']} at {call['effective']:.2f}: {why}"


def _backwards(seen: Evidence, calls: Sequence[Document]) -> Iterator[tuple[Document, str]]:
    reached, batch_done = 0, False
    for call in calls:
        blocks = _blocks(call["args"])
        if (shown := _order_on(blocks)) is not None:
            number, state = shown
            history = seen.history.get(number, [])
            try:
                reached = history.index(state, reached)
            except ValueError:
                yield call, f"order {number} is drawn as {state} again: {history}"
        elif (done := _batch_done(blocks)) is not None:
            if batch_done and not done:
                yield call, "a batch is drawn as waiting again"
            batch_done |= done


def forgotten_presses(seen: Evidence) -> Iterator[str]:
    """Presses that were acknowledged and came to nothing, without a word on the card."""
    states = {one["order_no"]: set(one["deals"].values()) for one in seen.tmon["orders"]}
    for press in seen.slack["presses"]:
        if press["error"] is not None:
            continue
        ref = json.loads(press["value"])
        numbers = (
            [ref["order"]] if "order" in ref else [n for n, batch in seen.batches.items() if batch == ref["batch"]]
        )
        yield from (
            f"order {number} was pressed at {press['at']:.2f}"
            for number in numbers
            if "D1" in states[number] and number not in seen.noted
        )


# --- at rest ---
def untrue_cards(seen: Evidence, *, copies: bool) -> Iterator[str]:
    """Orders without a card, with several, or with one that does not tell what TMON knows.

    `copies`: of a card that a crash left behind are allowed, which nobody has pressed yet.
    """
    cards: dict[int, list[str]] = defaultdict(list)
    on_batch: dict[str, list[bool]] = defaultdict(list)
    for message in seen.messages:
        if (shown := _order_on(message["blocks"])) is not None:
            cards[shown[0]].append(shown[1])
        elif (done := _batch_done(message["blocks"])) is not None:
            on_batch[_batch_on(message["blocks"])].append(done)
    for order in seen.tmon["orders"]:
        number, waits = order["order_no"], "D1" in order["deals"].values()
        if (batch := seen.batches.get(number)) is not None:
            if not on_batch[batch] or (len(on_batch[batch]) > 1 and not copies):
                yield f"order {number}: {len(on_batch[batch])} cards of its batch {batch}"
            if waits and on_batch[batch] and not any(not done for done in on_batch[batch]):
                yield f"order {number} waits, its batch {batch} is drawn as done"
            continue
        shown_states = cards[number]
        if not shown_states and waits:
            yield f"order {number} of {seen.store(order['partner']).name} waits without a card: {seen.history.get(number)}"
        if len(shown_states) > 1 and not copies:
            yield f"order {number} has {len(shown_states)} cards: {shown_states}"
        right = "new" if waits else "confirmed"
        if shown_states and right not in shown_states:
            yield f"order {number} is {right}, its card says {shown_states}: {seen.history.get(number)}"
    for batch, drawn in on_batch.items():
        members = [n for n, of in seen.batches.items() if of == batch]
        states = {one["order_no"]: one["deals"].values() for one in seen.tmon["orders"]}
        waiting = any("D1" in states[n] for n in members)
        if not waiting and not any(drawn):
            yield f"batch {batch} is done, its card says it waits"


def unseen_orders(seen: Evidence) -> Iterator[str]:
    """Orders that TMON has and the product does not."""
    yield from (f"order {one['order_no']}" for one in seen.tmon["orders"] if one["order_no"] not in seen.history)


def _end(call: Document) -> float:
    return float(call["answered"] or call["effective"] or call["received"])


def _blocks(args: Document) -> list[Any]:
    blocks = args.get("blocks") or []
    return list(json.loads(blocks) if isinstance(blocks, str) else blocks)


def _first_text(blocks: Sequence[Document]) -> str:
    return str(blocks[0]["text"]["text"]) if blocks and blocks[0]["type"] == "section" and "text" in blocks[0] else ""


def _order_on(blocks: Sequence[Document]) -> tuple[int, str] | None:
    """The order that a card shows, and the state that it says."""
    text = _first_text(blocks)
    numbers = _NUMBER.findall(text)
    state = next((state for mark, state in MARKS.items() if text.startswith(mark)), None)
    return (int(numbers[-1]), state) if numbers and state is not None else None


def _batch_done(blocks: Sequence[Document]) -> bool | None:
    """Whether a batch card says that all is done; None if it is none."""
    text = _first_text(blocks)
    if _batch_on(blocks) == "" or text[:1] not in "📦⏸✅":
        return None
    return text.startswith("✅")


def _batch_on(blocks: Sequence[Document]) -> str:
    for element in _elements(blocks):
        if element["action_id"] == "order.list":
            return str(json.loads(element["value"]).get("batch") or "")
    return ""


def _elements(blocks: Iterable[Document]) -> Iterator[Document]:
    for block in blocks:
        if block["type"] == "actions":
            yield from block["elements"]


def figures(seen: Evidence) -> dict[str, Any]:
    """What the drill has seen, in numbers."""
    names = Counter(call["name"] for call in seen.tmon["calls"])
    methods = Counter(call["method"] for call in seen.slack["calls"] if call["ok"])
    refused = Counter(f"{call['method']}: {call['error']}" for call in seen.slack["calls"] if call["error"])
    return {
        "orders": len(seen.tmon["orders"]),
        "confirmed": sum(all(one != "D1" for one in order["deals"].values()) for order in seen.tmon["orders"]),
        "calls of TMON": dict(names.most_common(6)),
        "calls of Slack": dict(methods),
        "refused by Slack": dict(refused),
        "people": dict(seen.slack["did"]),
        "processes": len(seen.lives),
        "ended by themselves": [f"{one.slot} {one.process.exitcode}" for one in seen.lives if one.how == "by itself"],
    }
