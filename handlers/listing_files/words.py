"""The words of the form, in the person's language."""

from handlers.texts import Texts
from tmon.api import deal_limits
from tmon.listings import checks
from tmon.listings.identity import longest_number
from tmon.listings.sheet.cells import SheetFacts
from tmon.listings.sheet.form import FormWords, note_names

_LIMITS = {
    "managed": deal_limits.MANAGED_TITLE_LENGTH,
    "title": deal_limits.TITLE_LENGTH,
    "promotion": deal_limits.TITLE_DECORATION_LENGTH,
    "detail": deal_limits.DETAIL_LENGTH,
    "section": deal_limits.SECTION_NAME_LENGTH,
    "value": deal_limits.SECTION_VALUE_LENGTH,
    "options": deal_limits.MAX_OPTIONS,
    "most": deal_limits.MAX_PURCHASE_QTY,
    "keywords": deal_limits.MAX_KEYWORDS,
    "keyword": checks.KEYWORD_LENGTH,
    "brand": checks.BRAND_LENGTH,
    "line": checks.LINE_LENGTH,
    "sku": checks.SKU_LENGTH,
    "deals_in_file": checks.MAX_DEALS,
    "options_in_file": checks.MAX_OPTIONS_PER_FILE,
}


def form_words(t: Texts, facts: SheetFacts) -> FormWords:
    """Return what the form of a store says."""
    limits = {**_LIMITS, "number": longest_number(facts.store_id)}
    guide = t("listing_sheet.guide", **limits).splitlines()
    if not facts.categories:
        guide.append(t("listing_sheet.guide_no_categories"))
    if not facts.templates:
        guide.append(t("listing_sheet.guide_no_templates"))
    return FormWords(
        notes={name: t.of("listing_sheet.note", name, **limits) for name in note_names()},
        choose=t("listing_sheet.choose"),
        whole_number=t("listing_sheet.whole_number"),
        guide=guide,
    )
