"""A file that links options to SKUs: what is sent to be filled in, and what comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.scope import same_key, scope
from tmon.spreadsheets.cells import Cell, CellProblem, Column, Layout, Row, RowProblem, Table, code_of
from tmon.stock.allocations import lock_links, sync_deal
from tmon.stock.sku_import import SkuRow, check_codes
from tmon.stock.summary import OptionSummary

HEADER = ("딜번호", "상품명", "옵션번호", "옵션", "판매자 옵션번호", "티몬 재고", "SKU코드")
"""The columns of the file; only the last one is filled in."""
LAYOUT = Layout(
    words={
        "deal": frozenset({"딜번호", "dealno", "tmondealno"}),
        "option": frozenset({"옵션번호", "optionno", "tmondealoptionno"}),
        "sku": frozenset({"sku코드", "sku", "skucode"}),
    },
    required=("deal", "option", "sku"),
    no_header="stock.no_link_header",
)
_MOST_DIGITS = 18


@dataclass(frozen=True)
class LinkRow:
    """An option, and the code of the SKU that it shall sell."""

    line: int
    deal_no: int
    option_no: int
    code: str

    @property
    def key(self) -> tuple[int, int]:
        """Deal and option number."""
        return self.deal_no, self.option_no


@dataclass(frozen=True)
class LinkResult:
    """What a file of links changes."""

    new: int = 0
    moved: int = 0
    """Options that sold another SKU before."""
    same: int = 0


def file_rows(options: Iterable[OptionSummary]) -> list[Sequence[str]]:
    """Return the file's rows: all options whose stock can be set, with the SKU that they sell."""
    return [
        HEADER,
        *(
            (
                str(facts.deal.deal_no),
                facts.deal.title,
                str(facts.option.option_no),
                facts.option.title,
                _as_text(facts.option.vendor_option_no),
                str(facts.option.stock),
                "" if facts.sku is None else _as_text(facts.sku.code),
            )
            for facts in options
            if facts.option.vendor_option_no and facts.deal.deleted_at is None
        ),
    ]


def _as_text(code: str) -> str:
    """Return a code so that Excel shows it as it is, and not as a number, a date or a formula."""
    return code if '"' in code or code[:1].isalpha() else f'="{code}"'


def read_links(table: Table) -> tuple[list[LinkRow], list[RowProblem]]:
    """Return the rows of a table that name a SKU, and the problems of others."""
    rows: list[LinkRow] = []
    problems = {problem.line: problem for problem in table.problems}
    lines: dict[tuple[int, int], int] = {}
    for row in table.rows:
        if row.line in problems or "sku" not in row.cells:
            continue
        found = _row(row, table.columns)
        if isinstance(found, LinkRow) and found.key in lines:
            values = {"option": str(found.option_no), "first": lines[found.key]}
            found = RowProblem(row.line, "stock.row_option_twice", values)
        if isinstance(found, RowProblem):
            problems[row.line] = found
        else:
            lines[found.key] = row.line
            rows.append(found)
    return rows, [problems[line] for line in sorted(problems)]


def _row(row: Row, columns: Mapping[str, Column]) -> LinkRow | RowProblem:
    field = "deal"
    try:
        deal_no = _number(row.cells.get("deal"))
        field = "option"
        option_no = _number(row.cells.get("option"))
        field = "sku"
        return LinkRow(row.line, deal_no, option_no, code_of(row.cells["sku"]))
    except CellProblem as problem:
        return RowProblem(row.line, problem.key, problem.values, columns[field].letter)


def _number(cell: Cell | None) -> int:
    text = code_of(cell)
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise CellProblem("stock.row_no_option", {"value": text[:20] or "–"})
    return int(text)


async def check_links(session: AsyncSession, store: Store, rows: Sequence[LinkRow]) -> list[RowProblem]:
    """Return problems of rows given what is stored: unknown options and SKUs, and options without a key."""
    options = {
        (row.deal_no, row.option_no): row.vendor_option_no
        for row in await session.execute(
            select(col(DealOption.deal_no), col(DealOption.option_no), col(DealOption.vendor_option_no))
            .join(Deal, same_key(Deal, DealOption, "deal_no"))
            .where(*scope(DealOption, store), col(Deal.deleted_at).is_(None))
        )
    }
    codes = set(await session.scalars(select(col(Sku.code)).where(*scope(Sku, store))))
    zeros = {problem.line: problem for problem in check_codes([SkuRow(row.line, row.code) for row in rows], codes)}
    problems = []
    for row in rows:
        if row.key not in options:
            problems.append(RowProblem(row.line, "stock.row_no_option", {"value": str(row.option_no)}))
        elif not options[row.key]:
            problems.append(RowProblem(row.line, "stock.why_no_key", {}))
        elif row.code not in codes:
            problems.append(zeros.get(row.line) or RowProblem(row.line, "stock.no_such_code", {"code": row.code}))
    return problems


async def changed_links(session: AsyncSession, store: Store, rows: Sequence[LinkRow]) -> list[LinkRow]:
    """Return the rows that change anything."""
    known = {
        (row.deal_no, row.option_no): row.code
        for row in await session.execute(
            select(col(OptionLink.deal_no), col(OptionLink.option_no), col(Sku.code))
            .join(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
            .where(*scope(OptionLink, store))
        )
    }
    return [row for row in rows if known.get(row.key) != row.code]


async def apply_links(session: AsyncSession, store: Store, rows: Sequence[LinkRow]) -> LinkResult:
    """Link options of a locked store to SKUs, in the caller's transaction. All rows were checked."""
    await lock_links(session, store.team_id, store.id)
    changed = await changed_links(session, store, rows)
    ids = {
        row.code: row.id for row in await session.execute(select(col(Sku.code), col(Sku.id)).where(*scope(Sku, store)))
    }
    links = {
        (link.deal_no, link.option_no): link
        for link in await session.scalars(select(OptionLink).where(*scope(OptionLink, store)))
    }
    new = 0
    deals = set()
    for row in changed:
        link = links.get(row.key)
        if link is not None:
            link.sku_id, link.by_hand = ids[row.code], True
            continue
        session.add(
            OptionLink(
                team_id=store.team_id,
                store_id=store.id,
                deal_no=row.deal_no,
                option_no=row.option_no,
                sku_id=ids[row.code],
                by_hand=True,
            )
        )
        new += 1
        deals.add(row.deal_no)
    for deal_no in sorted(deals):
        await sync_deal(session, store.team_id, store.id, deal_no)
    return LinkResult(new, len(changed) - new, len(rows) - len(changed))
