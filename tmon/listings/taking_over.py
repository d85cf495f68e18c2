"""Deals made elsewhere that are managed here from now on (가져와서 관리): a person gives them numbers, once."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.listings.identity import check_taken_number, number_key
from tmon.listings.queue import open_changes
from tmon.listings.standing import reserved
from tmon.models.listings import DealDocument, ListedOption, ListedProduct, Origin, ProductState
from tmon.models.products import DealOption
from tmon.models.stores import Store
from tmon.permissions import Permission, Person, has_permission
from tmon.scope import scope
from tmon.spreadsheets.cells import CellProblem
from tmon.stores.repository import lock

NUMBER = "number"
"""`AppError.field` of the deal's own number; of an option's it is TMON's number of it."""


class TakeOvers:
    """Takes deals over. Nothing is sent to TMON: they keep the keys that they have."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def take_over(
        self, person: Person, store_id: str, deal_no: int, number: str, options: Mapping[int, str], *, last: bool
    ) -> None:
        """Give a deal its number, and options theirs, by TMON's numbers of them. Options without a key at TMON get none.

        A form of several pages calls it for each; `last`: with this one all are named, and the deal is managed. Raises
        AppError, with `field` where a number cannot be taken: then nothing of the page is kept.
        """
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if not has_permission(person, Permission.PRODUCTS, store):
                raise AppError("listings.no_right")
            product = await self._product(session, store, deal_no, number)
            there = await self._options(session, store, deal_no)
            named = await session.scalars(
                select(ListedOption).where(
                    *scope(ListedOption, store), col(ListedOption.product_key) == product.number_key
                )
            )
            before = {row.option_no: row for row in named}
            for option_no in there.keys() & options.keys():
                if (row := before.pop(option_no, None)) is not None:  # a page that was corrected
                    await session.delete(row)
            await session.flush()
            for option_no in sorted(there.keys() & options.keys()):
                await self._name_option(session, store, product, there[option_no], options[option_no])
            if last:
                if there.keys() - options.keys() - before.keys():
                    raise AppError("listings.not_all_named")
                product.state = ProductState.LISTED
                audit.record(session, store, person.user_id, "product.take_over", now, subject=deal_no)
            product.updated_at = now

    async def _product(self, session: AsyncSession, store: Store, deal_no: int, number: str) -> ListedProduct:
        """Return the product that a deal becomes."""
        typed = _checked(number, NUMBER)
        document = await session.get(DealDocument, (store.team_id, store.id, deal_no))
        if document is None:
            raise AppError("listings.gone")
        row = await session.scalar(
            select(ListedProduct).where(*scope(ListedProduct, store), col(ListedProduct.deal_no) == deal_no)
        )
        if row is not None and row.state is not ProductState.PLANNED:
            raise AppError("listings.taken_already", number=row.seller_no)
        if row is not None and row.number_key == number_key(typed):
            return row
        if row is not None:  # its number was corrected
            for option in await session.scalars(
                select(ListedOption).where(*scope(ListedOption, store), col(ListedOption.product_key) == row.number_key)
            ):
                option.product_key = number_key(typed)
            await session.delete(row)
            await session.flush()
        if (wire_no := document.content.get("vendor_deal_no")) is not None:
            await self._free(session, store, wire_no)
        if await session.get(ListedProduct, (store.team_id, store.id, number_key(typed))) is not None:
            raise AppError("listings.number_taken", field=NUMBER, number=typed)
        now = self._clock()
        row = ListedProduct(
            team_id=store.team_id,
            store_id=store.id,
            number_key=number_key(typed),
            seller_no=typed,
            vendor_deal_no=wire_no,
            deal_no=deal_no,
            origin=Origin.TAKEN_OVER,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        await session.flush()
        return row

    async def _free(self, session: AsyncSession, store: Store, wire_no: str) -> None:
        """Let go of a product that was to be registered under a deal's key, and was refused because the deal is there.

        Raises AppError if the key is another deal's, or its registration has not ended.
        """
        holder = await session.scalar(
            select(ListedProduct).where(*scope(ListedProduct, store), col(ListedProduct.vendor_deal_no) == wire_no)
        )
        if holder is None:
            return
        if holder.deal_no is not None or await open_changes(session, store, [holder.number_key]):
            raise AppError("listings.key_taken", field=NUMBER, number=holder.seller_no)
        await session.execute(
            delete(ListedOption).where(*scope(ListedOption, store), col(ListedOption.product_key) == holder.number_key)
        )
        await session.delete(holder)
        await session.flush()

    async def _options(self, session: AsyncSession, store: Store, deal_no: int) -> dict[int, DealOption]:
        """Return the options of a deal that a call can name."""
        rows = await session.scalars(
            select(DealOption).where(
                *scope(DealOption, store),
                col(DealOption.deal_no) == deal_no,
                col(DealOption.vendor_option_no).is_not(None),
            )
        )
        return {row.option_no: row for row in rows}

    async def _name_option(
        self, session: AsyncSession, store: Store, product: ListedProduct, option: DealOption, number: str
    ) -> None:
        field = str(option.option_no)
        typed = _checked(number, field)
        same = (col(ListedOption.number_key) == number_key(typed)) | (
            col(ListedOption.vendor_option_no) == option.vendor_option_no
        )
        rows = list(await session.scalars(select(ListedOption).where(*scope(ListedOption, store), same)))
        for row in await reserved(session, store, rows):
            if row.number_key == number_key(typed):
                raise AppError("listings.number_taken", field=field, number=typed)
            raise AppError("listings.key_taken", field=field, number=row.seller_no)
        for row in rows:  # of products that TMON does not have
            await session.delete(row)
        await session.flush()
        session.add(
            ListedOption(
                team_id=store.team_id,
                store_id=store.id,
                number_key=number_key(typed),
                seller_no=typed,
                product_key=product.number_key,
                vendor_option_no=option.vendor_option_no,
                option_no=option.option_no,
                created_at=self._clock(),
            )
        )
        await session.flush()


def _checked(number: str, field: str) -> str:
    try:
        return check_taken_number(number)
    except CellProblem as problem:
        raise AppError(problem.key, field=field, **problem.values) from None
