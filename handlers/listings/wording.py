"""How products of a list, what changes of them and what is wrong with them are said."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from handlers.blocks import clip, escape_title
from handlers.common_views.product_changes import filled, price_range, waits
from handlers.texts import Markup, Texts
from tmon.api import KcSubmission, OriginCountry, ProductType
from tmon.listings.changes import ChangeResult
from tmon.listings.documents import FieldChange, Judged, Kind, Problem, SheetContent, SheetOption
from tmon.listings.fields import KC_WORDS, NO, NUMBER, ORIGIN_WORDS, TYPE_WORDS, YES, F, O, Tab
from tmon.listings.identity import number_key
from tmon.listings.names import FieldNames
from tmon.listings.sheet.layouts import TAB_NAMES, TITLES
from tmon.listings.steps import Act
from tmon.listings.uploads import Upload
from tmon.models.listings import ChangeState, UploadSource

SHORT = 60
"""Characters of a text that changes."""
_SENTENCE = 300
_TITLE = 60
_NUMBER = 50


class Outcome(StrEnum):
    """What became of a product of a list."""

    REGISTERED = "registered"
    CHANGED = "changed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    SUPERSEDED = "superseded"
    SAME = "same"
    WRONG = "wrong"


def outcome_of(one: Judged, result: ChangeResult | None) -> Outcome:
    """Return what became of a product. `result`: None if nothing of it was sent."""
    if one.kind is Kind.WRONG:
        return Outcome.WRONG
    if result is None:
        return Outcome.SAME
    match result.state:
        case ChangeState.DONE:
            return Outcome.REGISTERED if result.is_new else Outcome.CHANGED
        case ChangeState.FAILED:
            return Outcome.FAILED
        case ChangeState.SUPERSEDED:
            return Outcome.SUPERSEDED
        case ChangeState.UNKNOWN:
            return Outcome.UNKNOWN
    return Outcome.WAITING


class Wording:
    """The sentences about one list, as Slack markup unless `plain`."""

    def __init__(self, t: Texts, upload: Upload, names: FieldNames) -> None:
        self.t, self.names = t, names
        self.content: SheetContent = upload.content
        self.is_form = upload.source is UploadSource.FORM
        self._results = upload.results

    # --- products ---

    def result(self, one: Judged) -> ChangeResult | None:
        """Return how the change of a product stands."""
        return self._results.get(number_key(one.deal.number))

    def outcome(self, one: Judged) -> Outcome:
        """Return what became of a product."""
        return outcome_of(one, self.result(one))

    def heading(self, one: Judged, word: str) -> str:
        """A product with a word about it: `*변경* · A-1 · 데일리 티셔츠`."""
        title = one.deal.values.get(F.TITLE) or one.deal.cells.get(F.TITLE)
        key = "listings.product" if title else "listings.product_untitled"
        values = {"title": escape_title(str(title), _TITLE)} if title else {}
        return self.t.md(key, word=word, number=_flat(self.named(one)), **values)

    def named(self, one: Judged) -> str:
        """The number of a product; of one without a number its row."""
        return one.deal.number or self.t("listings.row", line=one.deal.line)

    def registered(self, one: Judged) -> list[str]:
        """What is registered, in short: category, prices, template and where it is sent from."""
        t, values = self.t, one.deal.values
        prices = [option.price for option in one.options.values() if option.price is not None]
        lines = []
        if prices:
            lines.append(t("listings.new_options", n=len(one.options), prices=price_range(t, prices)))
        if (category := values.get(F.CATEGORY)) is not None:
            lines.append(t.md("listings.new_category", category=escape_title(self._category(category), 120)))
        if (template := values.get(F.TEMPLATE)) is not None:
            name, address = escape_title(self._template(template), SHORT), self.names.ship_from.get(template)
            if address is None:
                lines.append(t.md("listings.new_template", template=name))
            else:
                lines.append(t.md("listings.new_template_from", template=name, address=escape_title(address, SHORT)))
        return lines

    def filled_in(self, one: Judged) -> list[str]:
        """Each field of a product that is registered, and each of its options."""
        t = self.t
        lines = [
            t.md("listings.value", field=t.of("listings.field", name), value=self._short(name, value))
            for name in F
            if (value := one.deal.values.get(name)) is not None
        ]
        for option in one.options.values():
            parts = [" / ".join(option.sections or ()), *([t.money(option.price)] if option.price else ())]
            if option.stock is not None:
                parts.append(t("listings.stock", n=t.number(option.stock)))
            if option.sku_code is not None:
                parts.append(t("listings.sku", code=option.sku_code))
            if option.display is False:
                parts.append(t("listings.hidden"))
            what = " · ".join(filter(None, parts))
            lines.append(t.md("listings.option", number=_flat(option.number), what=escape_title(what, 150)))
        return lines

    # --- changes ---

    def change(self, change: FieldChange) -> str:
        """What changes of a field: `판매가(A-1-L) 15,900원 → 17,900원 (+12.6%)`."""
        t = self.t
        name: F | O = O(change.field) if change.option else F(change.field)
        field = t.of("listings.option_field", name) if isinstance(name, O) else t.of("listings.field", name)
        if change.option:
            field = t.md("listings.of_option", field=field, option=_flat(change.option))
        old, new = self._differing(name, change.old, change.new)
        if not change.old_known:
            return t.md("listings.change_untold", field=Markup(field), new=new)
        line = t.md("listings.change", field=Markup(field), old=old, new=new)
        if name is not O.PRICE or not change.old:
            return line
        percent = f"{(change.new - change.old) * 100 / change.old:+,.1f}%"
        return t("listings.percent_steep" if is_steep(change) else "listings.percent", change=line, percent=percent)

    def shown_and_hidden(self, one: Judged) -> list[str]:
        """The options of a product that will be hidden, and those that will be shown, each by its number."""
        new = {option.number for option in one.options.values() if option.is_new and option.display is False}
        hidden: dict[bool, list[str]] = {False: [_flat(number) for number in sorted(new)], True: []}
        for change in one.changes:
            if change.option and change.field == O.DISPLAY and change.option not in new:
                hidden[bool(change.new)].append(_flat(change.option))
        keys = {False: "listings.will_hide", True: "listings.will_show"}
        return [
            self.t.md(keys[shown], n=len(numbers), options=clip(", ".join(numbers), 1200))
            for shown, numbers in hidden.items()
            if numbers
        ]

    # --- problems and results ---

    def hint(self, note: Problem, one: Judged) -> str:
        """What is worth knowing of a cell, with its place, or of a product as a whole."""
        return self._sentence(note, plain=False) if note.field == NUMBER else self.problem(note, one)

    def problem(self, problem: Problem, one: Judged, *, plain: bool = False) -> str:
        """What is wrong with a cell, with its place."""
        say = self.t if plain else self.t.md
        return say(
            "listings.at", place=self._place(problem, one), what=self._raw(self._sentence(problem, plain=plain), plain)
        )

    def reason(self, result: ChangeResult, *, plain: bool = False) -> list[str]:
        """Why a change failed or waits, what TMON said, and what was not sent any more."""
        t, lines = self.t, []
        say = t if plain else t.md
        if result.note is not None:
            said = say(result.note, **filled(t, result.values))
            if result.detail:
                said = say(
                    "listings.said",
                    text=self._raw(said, plain),
                    detail=clip(" ".join(result.detail.split()), _SENTENCE),
                )
            lines.append(said)
        if (waiting := waits(t, result)) is not None:
            lines.append(waiting)
        if result.state is ChangeState.FAILED:
            if result.done:
                lines.append(t("listings.went_through", acts=self._acts(result.done)))
            if left := result.values.get("left"):
                lines.append(t("listings.not_sent", acts=self._acts(map(Act, left))))
        return lines

    def _acts(self, acts: Iterable[Act]) -> str:
        return ", ".join(dict.fromkeys(self.t.of("listings.act", act) for act in acts))

    def _sentence(self, problem: Problem, *, plain: bool) -> str:
        say = self.t if plain else self.t.md
        return clip(say(problem.note, **filled(self.t, problem.values)), _SENTENCE)

    @staticmethod
    def _raw(text: str, plain: bool) -> str:
        return text if plain else Markup(text)

    def _place(self, problem: Problem, one: Judged) -> str:
        """Where a problem stands: tab, row and column of a file; the field of a form."""
        t = self.t
        title = TITLES[problem.tab].get(problem.field, "")
        if self.is_form:
            option = self._option_at(problem, one)
            name = title or t("listings.form_field")
            return name if option is None else t("listings.of_option", field=name, option=option.number)
        letter = self.content.columns.get(problem.tab, {}).get(problem.field, "")
        column = t("listings.column", letter=letter, title=title).strip() if letter else title
        if self.content.one_list:
            return t("listings.place", line=problem.line, column=column).strip()
        return t("listings.place_tab", tab=TAB_NAMES[problem.tab], line=problem.line, column=column).strip()

    @staticmethod
    def _option_at(problem: Problem, one: Judged) -> SheetOption | None:
        if problem.tab is not Tab.OPTIONS:
            return None
        return next((option for option in one.deal.options if option.line == problem.line), None)

    # --- values ---

    def _differing(self, name: F | O, old: Any, new: Any) -> tuple[str, str]:
        """Return both values as they are said; of lists what differs."""
        match name:
            case F.IMAGES:
                before, after = list(old or ()), list(new or ())
                places = [
                    str(place + 1)
                    for place in range(max(len(before), len(after)))
                    if before[place : place + 1] != after[place : place + 1]
                ]
                return self._short(name, old), self.t("listings.images_at", n=len(after), places=", ".join(places))
            case F.NOTICE_TEXT | F.KC_NUMBERS if old and new:
                gone = [pair for pair in old if pair not in new]
                added = [pair for pair in new if pair not in old]
                if gone or added:
                    return self._short(name, gone), self._short(name, added)
        return self._short(name, old), self._short(name, new)

    def _short(self, name: F | O, value: Any) -> str:
        return escape_title(self._value(name, value), SHORT * 2 if name is F.CATEGORY else SHORT)

    def _value(self, name: F | O, value: Any) -> str:
        t = self.t
        if value in (None, "", [], ()):
            return t("listings.nothing_there")
        match name:
            case F.DETAIL:
                return t("listings.letters", n=value if isinstance(value, int) else len(value))
            case F.IMAGES:
                return t("listings.images", n=len(value))
            case F.CATEGORY:
                return self._category(value)
            case F.TEMPLATE:
                return self._template(value)
            case F.CARRIER:
                return self.names.carriers.get(value, str(value))
            case F.TYPE:
                return TYPE_WORDS.get(ProductType(value), str(value))
            case F.ORIGIN:
                return ORIGIN_WORDS.get(OriginCountry(value), str(value))
            case F.KC:
                return KC_WORDS.get(KcSubmission(value), str(value))
            case F.ADULT | O.DISPLAY:
                return YES if value else NO
            case F.START | F.END:
                moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
                return t.stamp(moment)[:16]
            case F.NOTICE_TEXT | F.KC_NUMBERS:
                return "; ".join(f"{item}: {text}" for item, text in value)
            case F.KEYWORDS:
                return ", ".join(value)
            case F.SECTIONS | O.SECTIONS:
                return " / ".join(value)
            case O.PRICE:
                return t.money(value)
            case F.MOST | O.STOCK:
                return t.number(value)
        return str(value)

    def _category(self, number: int) -> str:
        path = self.names.categories.get(number)
        return str(number) if path is None else f"{path} ({number})"

    def _template(self, number: int) -> str:
        name = self.names.templates.get(number)
        return str(number) if name is None else f"{name} ({number})"


def is_steep(change: FieldChange) -> bool:
    """Return whether a price changes by more than half."""
    return bool(change.field == O.PRICE and change.option and change.old) and (
        abs(change.new - change.old) * 2 > change.old
    )


def _flat(number: str) -> str:
    return escape_title(clip(number, _NUMBER), _NUMBER)
