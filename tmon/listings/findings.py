"""What is found while a product of a sheet is judged."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tmon.listings.documents import FieldChange, Problem, SheetDeal, SheetOption, WantedOption
from tmon.listings.fields import NUMBER, F, O, Tab, columns_of, option_field


@dataclass
class Findings:
    """Problems, hints and changes of one product, collected in the order of the sheet."""

    deal: SheetDeal
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    changes: list[FieldChange] = field(default_factory=list)
    selected: set[str] = field(default_factory=set)
    options: dict[str, WantedOption] = field(default_factory=dict)

    def wrong(self, column: str, note: str, **values: Any) -> None:
        """Add a problem of a cell of the product's row."""
        self.problems.append(self._of_deal(column, note, values))

    def hint(self, column: str, note: str, **values: Any) -> None:
        """Add a hint about a cell of the product's row."""
        self.notes.append(self._of_deal(column, note, values))

    def wrong_option(self, option: SheetOption, column: str, note: str, **values: Any) -> None:
        """Add a problem of a cell of an option's row."""
        self.problems.append(Problem(tab=Tab.OPTIONS, line=option.line, field=column, note=note, values=values))

    def hint_option(self, option: SheetOption, column: str, note: str, **values: Any) -> None:
        """Add a hint about a cell of an option's row."""
        self.notes.append(Problem(tab=Tab.OPTIONS, line=option.line, field=column, note=note, values=values))

    def change(self, name: F, old: Any, new: Any, *, known: bool = True) -> None:
        """Add a change of a field of the product."""
        self.changes.append(FieldChange(field=name, old=old, new=new, old_known=known))
        self.selected.add(name)

    def change_option(self, option: SheetOption, key: str, name: O, old: Any, new: Any) -> None:
        """Add a change of a field of an option."""
        self.changes.append(FieldChange(field=name, option=option.number, old=old, new=new))
        self.selected.add(option_field(key, name))

    def is_wrong(self, name: F | O, option: SheetOption | None = None) -> bool:
        """Return whether the reader found a problem in a field: so it is filled, and nothing is missing."""
        tab, line = (self.deal.tab, self.deal.line) if option is None else (Tab.OPTIONS, option.line)
        return any((tab, line, column) in self._wrong_cells for column in columns_of(name))

    @cached_property
    def _wrong_cells(self) -> frozenset[tuple[Tab, int, str]]:
        """Where the reader found problems: looked up for each cell of each option."""
        return frozenset((one.tab, one.line, one.field) for one in self.deal.problems)

    def _of_deal(self, column: str, note: str, values: dict[str, Any]) -> Problem:
        if self.deal.tab is Tab.OPTIONS:  # it has no row of its own, and so no other column
            column = NUMBER
        return Problem(tab=self.deal.tab, line=self.deal.line, field=column, note=note, values=values)
