"""The judgement of the options of a product of a sheet. Pure functions."""

from collections.abc import Iterable, Mapping

from tmon.api.deal_limits import MAX_OPTIONS, option_text
from tmon.listings.checks import tidied
from tmon.listings.documents import (
    OptionFacts,
    RemoteDeal,
    RemoteOption,
    SheetOption,
    Standing,
    StoreFacts,
    WantedOption,
)
from tmon.listings.fields import NUMBER, OPTION_NUMBER, UNMANAGED, F, O, option_field, part
from tmon.listings.findings import Findings
from tmon.listings.identity import check_number, number_key, wire_key
from tmon.spreadsheets.cells import CellProblem


def judge_new_options(found: Findings, standing: Standing, store: StoreFacts) -> None:
    """Check the options of a product that is to be registered."""
    options = found.deal.options
    if not options and not any(one.field == OPTION_NUMBER for one in found.deal.problems):
        found.wrong(NUMBER, "listing_sheet.no_options")
    _OptionJudge(found, standing, None, store).judge(options)


def judge_options(found: Findings, standing: Standing, remote: RemoteDeal, store: StoreFacts) -> None:
    """Compare the options of a sheet with those that TMON has."""
    _OptionJudge(found, standing, remote, store).judge(found.deal.options)
    missing = len(remote.options) - sum(not one.is_new for one in found.options.values())
    if found.deal.options and missing > 0:
        found.hint(NUMBER, "listing_sheet.missing_options", n=missing)


def find_option(
    remote: RemoteDeal, fact: OptionFacts | None, wire_no: str | None, option_no: int | None = None
) -> RemoteOption | None:
    """Return the option of a deal with our number of it, with TMON's, or with the key that we give it."""
    numbers = {option_no, None if fact is None else fact.option_no} - {None}
    keys = {wire_no if fact is None else fact.vendor_option_no} - {None}
    return next((one for one in remote.options if one.option_no in numbers or one.wire_no in keys), None)


class _OptionJudge:
    def __init__(self, found: Findings, standing: Standing, remote: RemoteDeal | None, store: StoreFacts) -> None:
        self._found, self._standing, self._remote, self._store = found, standing, remote, store
        product = standing.product
        self._key = number_key(found.deal.number) if product is None else product.number_key
        self._facts: Mapping[str, OptionFacts] = {} if product is None else product.options
        if remote is None:
            self._groups = len(found.deal.values.get(F.SECTIONS, ()))
            self._groups_known = not found.is_wrong(F.SECTIONS)
            self._title = str(found.deal.values.get(F.TITLE, ""))
        else:
            self._groups, self._groups_known = remote.groups(), True
            self._title = str(found.deal.values.get(F.TITLE, remote.values.get(F.TITLE, "")))
        self._new: list[SheetOption] = []
        self._rows: dict[str, tuple[SheetOption, RemoteOption | None]] = {}

    def judge(self, options: Iterable[SheetOption]) -> None:
        for option in options:
            self._judge(option)
        self._refuse_equal_texts()
        self._check_display()
        now = 0 if self._remote is None else len(self._remote.options)
        if now + len(self._new) > MAX_OPTIONS:
            most = {"most": MAX_OPTIONS, "now": now, "new": len(self._new)}
            self._found.wrong(NUMBER, "listing_sheet.options_many", **most)

    def _judge(self, option: SheetOption) -> None:
        key = number_key(option.number)
        fact = self._facts.get(key)
        owner = self._store.option_owner.get(key)
        if owner is not None and owner != self._key:
            self._found.wrong_option(option, OPTION_NUMBER, "listing_sheet.option_elsewhere", deal=owner)
            return
        there = None if self._remote is None else self._find(self._remote, option, fact)
        self._rows[key] = option, there
        if there is not None:
            self._compare(option, key, fact, there)
            return
        if fact is None:
            try:
                check_number(self._store.store_id, option.number)
            except CellProblem as problem:
                self._found.wrong_option(option, OPTION_NUMBER, problem.key, **problem.values)
        self._add(option, key)

    def _find(self, remote: RemoteDeal, option: SheetOption, fact: OptionFacts | None) -> RemoteOption | None:
        named = option.number.removeprefix(UNMANAGED)
        if named != option.number:
            return find_option(remote, fact, None, int(named) if named.isdecimal() else None)
        return find_option(remote, fact, wire_key(self._store.store_id, option.number))

    # --- a new one ---

    def _add(self, option: SheetOption, key: str) -> None:
        self._new.append(option)
        sections = self._sections(option, None)
        if option.price is None and not self._found.is_wrong(O.PRICE, option):
            self._found.wrong_option(option, O.PRICE, "listing_sheet.price_missing")
        self._check_start(option)
        wanted = WantedOption(
            number=option.number,
            is_new=True,
            sections=sections,
            price=option.price,
            stock=option.stock,
            display=option.display,
            sku_code=option.sku_code,
        )
        self._found.options[key] = wanted
        if self._remote is not None:
            for name in O:
                if (value := getattr(wanted, name)) is not None:
                    self._found.change_option(option, key, name, None, value)

    def _check_start(self, option: SheetOption) -> None:
        """Check what a new option starts with."""
        known = option.sku_code in self._store.skus
        if option.sku_code is not None and not known:
            self._found.hint_option(option, O.SKU, "listing_sheet.sku_unknown", code=option.sku_code)
        if known and self._store.stock_on:
            self._found.hint_option(option, O.STOCK, "listing_sheet.sku_stock", code=option.sku_code)
        elif option.stock is None and not self._found.is_wrong(O.STOCK, option):
            self._found.wrong_option(option, O.STOCK, "listing_sheet.stock_missing")

    # --- one that TMON has ---

    def _compare(self, option: SheetOption, key: str, fact: OptionFacts | None, there: RemoteOption) -> None:
        found, before = self._found, len(self._found.changes)
        sections = None if option.sections is None else self._sections(option, there)
        wanted = WantedOption(
            number=option.number,
            sections=sections,
            price=option.price,
            display=option.display,
            sku_code=option.sku_code,
        )
        found.options[key] = wanted
        if sections is not None and sections != tuple(map(option_text, there.sections)):
            found.change_option(option, key, O.SECTIONS, there.sections, sections)
        for name in (O.PRICE, O.DISPLAY):
            old, new = getattr(there, name), getattr(wanted, name)
            if new is not None and new != old:
                found.change_option(option, key, name, old, new)
        if len(found.changes) > before and there.wire_no is None:
            found.wrong_option(option, OPTION_NUMBER, "listing_sheet.option_without_key")
        touched = {option_field(key, name) for name in O} & self._standing.touched
        found.selected |= {one for one in touched if getattr(wanted, one.rpartition("/")[2]) is not None}
        if option.stock is not None and option.stock != there.stock:
            found.hint_option(option, O.STOCK, "listing_sheet.stock_kept", n=there.stock)
        self._compare_sku(option, key, fact)
        is_foreign = self._standing.product is not None and option.number.startswith(UNMANAGED) and fact is None
        if len(found.changes) > before and is_foreign and there.wire_no is not None:
            found.wrong_option(option, OPTION_NUMBER, "listing_sheet.option_not_managed")

    def _compare_sku(self, option: SheetOption, key: str, fact: OptionFacts | None) -> None:
        linked, code = self._standing.linked.get(key), option.sku_code
        noted = None if fact is None else fact.sku_code
        if code is None or code == (linked or noted):
            return
        if linked is not None:
            self._found.wrong_option(option, O.SKU, "listing_sheet.sku_other", now=linked)
            return
        self._found.change_option(option, key, O.SKU, noted, code)
        if code not in self._store.skus:
            self._found.hint_option(option, O.SKU, "listing_sheet.sku_unknown", code=code)

    # --- texts ---

    def _sections(self, option: SheetOption, there: RemoteOption | None) -> tuple[str, ...] | None:
        """Return the texts as they are sent: empty cells as TMON has them. None if they cannot be told."""
        found, groups = self._found, max(self._groups, 1)
        typed = list(option.sections or ())
        if not self._groups_known or found.is_wrong(O.SECTIONS, option):
            return None
        if any(typed[groups:]):
            found.wrong_option(option, part(O.SECTIONS, groups + 1), "listing_sheet.option_value_extra")
            return None
        typed = [*typed, *[""] * groups][:groups]
        if there is not None:
            typed = [new or old for new, old in zip(typed, [*there.sections, *typed][:groups], strict=True)]
        elif not self._groups and not typed[0]:
            typed = [self._title]
        if not all(typed):
            if self._groups:
                empty = part(O.SECTIONS, typed.index("") + 1)
                found.wrong_option(option, empty, "listing_sheet.option_value_missing", n=groups)
            return None
        sent = tuple(map(option_text, typed))
        if there is not None and sent == tuple(map(option_text, there.sections)):
            return sent
        for number, (old, new) in enumerate(zip(typed, sent, strict=True), 1):
            if new != tidied(old) and (option.sections or ())[number - 1 : number] == (old,):
                found.hint_option(option, part(O.SECTIONS, number), "listing_sheet.text_cleaned", old=old, new=new)
        return sent

    def _refuse_equal_texts(self) -> None:
        """Refuse a changed or new option whose texts another one of the deal has."""
        in_sheet = {there.option_no for _, there in self._rows.values() if there is not None}
        others = () if self._remote is None else self._remote.options
        seen: dict[tuple[str, ...], SheetOption | str] = {
            tuple(map(option_text, one.sections)): " / ".join(one.sections)
            for one in others
            if one.option_no not in in_sheet
        }
        changes: set[int] = set()
        for key, (option, there) in self._rows.items():
            wanted = self._found.options[key]
            texts = wanted.sections if there is None or wanted.sections else tuple(map(option_text, there.sections))
            if texts is None:
                continue
            if there is None or option_field(key, O.SECTIONS) in self._found.selected:
                changes.add(option.line)
            other = seen.setdefault(texts, option)
            if other is option:
                continue
            column = part(O.SECTIONS, 1)
            if isinstance(other, str):
                if option.line in changes:
                    self._found.wrong_option(option, column, "listing_sheet.option_same_remote", other=other)
            elif {option.line, other.line} & changes:
                self._found.wrong_option(option, column, "listing_sheet.option_same_text", other=other.line)

    # --- display ---

    def _check_display(self) -> None:
        found = self._found
        others = () if self._remote is None else self._remote.options
        shown = {one.option_no: one.display for one in others}
        count = len(shown) + len(self._new)
        hiding: list[SheetOption] = []
        any_new_shown = any(option.display is not False for option in self._new)
        for key, (option, there) in self._rows.items():
            wanted = option.display
            if wanted is None or wanted == (True if there is None else there.display):
                continue
            if there is not None:
                shown[there.option_no] = wanted
            if count == 1:
                found.wrong_option(option, O.DISPLAY, "listing_sheet.display_single")
            elif not self._store.stock_on:
                found.wrong_option(option, O.DISPLAY, "listing_sheet.display_off")
            elif not wanted:
                hiding.append(option)
            elif key in self._standing.linked:
                found.hint_option(option, O.DISPLAY, "listing_sheet.stock_sync_shows")
        if hiding and not any_new_shown and not any(shown.values()):
            found.wrong_option(hiding[0], O.DISPLAY, "listing_sheet.display_all")
