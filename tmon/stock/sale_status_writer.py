"""Calls that hide, show, pause and resume. Each sets an absolute state, so an unanswered call may be repeated."""

from collections.abc import Awaitable, Callable, Iterable

from tmon import api
from tmon.api import NotOffered, Rejected, StoreApi, TmonError, UnexpectedResponse, UnknownOutcome
from tmon.calendar.vacations import on_vacation
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.stores import Store
from tmon.stock.sale_status import SaleStatusChange, drop_intent, note_not_offered, record_display, record_sale
from tmon.stock.sync_counts import SyncCounts
from tmon.stores import switches

Send = Callable[[], Awaitable[dict[int, api.OptionResult]]]
"""Makes a call and returns the results per option."""


class SaleStatusWriter:
    """Sends display and sale status changes of one store's deals, and counts the results in `counts`."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        store: Store,
        client: StoreApi,
        counts: SyncCounts,
        check: Callable[[], Awaitable[None]],
    ) -> None:
        """`check`: called right before each call; raises SwitchOff, or what else forbids it."""
        self._db = db
        self._clock = clock
        self._store = store
        self._client = client
        self._counts = counts
        self._check = check

    async def turn_off(self, deal: api.Deal, change: SaleStatusChange) -> None:
        """Hide options and pause the deal. Raises SwitchOff, and TmonError if other deals would fail, too."""
        if change.hide:
            await self._display(deal, change, change.hide, shown=False)
        if change.pause:
            await self._sale(deal, change, on_sale=False)

    async def turn_on(self, deal: api.Deal, change: SaleStatusChange) -> None:
        """Show options and resume the deal. Raises the same errors as `turn_off`."""
        if change.show:
            await self._display(deal, SaleStatusChange(), change.show, shown=True)
        if change.resume and not await self._on_vacation():
            await self._sale(deal, SaleStatusChange(), on_sale=True)

    async def _on_vacation(self) -> bool:
        """Return whether the store is on vacation, which may have begun since the change was planned."""
        async with self._db.read() as session:
            return await on_vacation(session, self._store)

    async def _display(self, deal: api.Deal, intent: SaleStatusChange, numbers: Iterable[int], *, shown: bool) -> None:
        keys = {o.option_no: o.vendor_option_no for o in deal.options if o.option_no in numbers and o.vendor_option_no}

        async def send() -> dict[int, api.OptionResult]:
            results = await self._client.deals.set_display(deal.deal_no, dict.fromkeys(keys.values(), shown))
            return {no: results[key] for no, key in keys.items()}

        try:
            answers = await self._send(deal, intent, send, len(keys))
        except Rejected as error:
            answers = dict.fromkeys(keys, api.OptionResult(success=False, message=error.message))
        if answers is None:
            return
        async with self._db.write() as session:
            refused = await record_display(session, self._store, deal.deal_no, answers, self._clock(), shown=shown)
        self._counts.refused += refused
        self._counts.turned += len(answers) - refused

    async def _sale(self, deal: api.Deal, intent: SaleStatusChange, *, on_sale: bool) -> None:
        deals = self._client.deals

        async def send() -> dict[int, api.OptionResult]:
            await (deals.resume if on_sale else deals.pause)(deal.deal_no)
            return {}

        refusal = None
        try:
            if await self._send(deal, intent, send, 1) is None:
                return
        except Rejected as error:
            refusal = error.message or ""
        async with self._db.write() as session:
            await record_sale(session, self._store, deal.deal_no, self._clock(), on_sale=on_sale, refusal=refusal)
        if refusal is None:
            self._counts.turned += 1
        else:
            self._counts.refused += 1

    async def _send(
        self, deal: api.Deal, intent: SaleStatusChange, send: Send, count: int
    ) -> dict[int, api.OptionResult] | None:
        """Send, and return the results; None if the outcome is unknown or TMON does not offer the call. Raises Rejected."""
        try:
            await self._check()
            return await send()
        except (UnknownOutcome, UnexpectedResponse):
            self._counts.unclear += count  # decided by the next reading
            return None
        except Rejected:
            raise
        except NotOffered as error:
            await self._drop_intent(deal, intent)
            async with self._db.write() as session:
                await note_not_offered(session, self._store, error.call, self._clock())
            return None
        except (switches.SwitchOff, TmonError):
            await self._drop_intent(deal, intent)
            raise

    async def _drop_intent(self, deal: api.Deal, intent: SaleStatusChange) -> None:
        if intent.turns_off:
            async with self._db.write() as session:
                await drop_intent(session, self._store, deal.deal_no, intent)
