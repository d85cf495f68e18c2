"""Ids and parameters of inquiries. They live on in old messages: never rename, only add."""

from enum import StrEnum

from handlers.payloads import Id, Name, Number, PageNumber, Payload
from tmon.models.inquiries import Source


class InquiryAction(StrEnum):
    """Buttons about inquiries."""

    LIST = "inquiry.list"
    PAGE = "inquiry.page"
    SEE = "inquiry.see"
    ANSWER = "inquiry.answer"
    RESEND = "inquiry.resend"
    DRAFT = "inquiry.draft"
    PHRASE = "inquiry.phrase"
    """The menu of ready-made texts in an answer."""
    PHRASES = "inquiry.phrases"
    PHRASE_STORE = "inquiry.phrase_store"
    PHRASE_CHOICE = "inquiry.phrase_choice"
    PHRASE_DELETE = "inquiry.phrase_delete"


class InquiryView(StrEnum):
    """Modals about inquiries."""

    LIST = "inquiry.list_view"
    WHOLE = "inquiry.whole"
    ANSWER = "inquiry.answer_form"
    WORKING = "inquiry.answer_working"
    RESULT = "inquiry.answer_result"
    PHRASE = "inquiry.phrase_form"


class InquiriesRef(Payload):
    """A page of the unanswered inquiries of one store or of all."""

    store: Id | None = None
    page: PageNumber = 0


class InquiryRef(Payload):
    """An inquiry of a store."""

    store: Id
    source: Source
    number: Number
    part: Number = 0


class AnswerRef(Payload):
    """The form of an answer."""

    store: Id
    source: Source
    number: Number
    part: Number = 0
    under: Name | None = None
    """View id of the list from which it was opened."""
    list: InquiriesRef | None = None
    """What that list shows."""
    turn: PageNumber = 0
    """Number of times that the form was filled anew: with each, Slack has to forget what was typed."""


class PhraseRef(Payload):
    """The form of a ready-made text."""

    store: Id
    phrase: Id | None = None
    """None: a new one."""
    every: bool = False
    """Whether another store can be chosen."""
    turn: PageNumber = 0
    under: Name | None = None
    """View id of the answer from which it was opened."""
    answer: AnswerRef | None = None
