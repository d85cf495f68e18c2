"""Manifest of inquiries: questions and CS inquiries, collected, shown on one card per store, answered, destroyed in time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.feature import MINUTE, Attention, DomainFeature, FeatureCollector, Job
from tmon.inquiries.answers import AnswerService
from tmon.inquiries.cards import move_card
from tmon.inquiries.collector import INQUIRIES, InquiryCollector
from tmon.inquiries.phrases import PhraseService, forget_phrases
from tmon.inquiries.reminders import InquiryReminders
from tmon.inquiries.retention import RETENTION, destroy_store
from tmon.inquiries.service import InquiryService
from tmon.inquiries.writes import AnswerInquiry
from tmon.models.collection import Unread
from tmon.models.inquiries import Inquiry
from tmon.models.stores import ApiGroup, Store
from tmon.retention import CHECK_EVERY, destroy


async def _on_store_removed(session: AsyncSession, store: Store, now: datetime) -> None:
    await destroy_store(session, store.team_id, store.id, now)
    await forget_phrases(session, store)


FEATURE = DomainFeature(
    name="inquiries",
    services=lambda core: (InquiryService(core), AnswerService(core), PhraseService(core), InquiryReminders(core)),
    collectors=(
        FeatureCollector(
            INQUIRIES,
            ApiGroup.CS,
            lambda options: options.collect_cs,
            lambda services, store, user: InquiryCollector(services.core, store, user),
            reads_again=(Unread.QUESTION, Unread.CS),
        ),
    ),
    jobs=(
        Job("remind of inquiries", MINUTE, lambda services: services[InquiryReminders]()),
        Job("destroy what was written in inquiries", CHECK_EVERY, lambda services: destroy(services, RETENTION)),
    ),
    on_channel_mended=move_card,
    writes=(AnswerInquiry,),
    retention=RETENTION,
    on_store_removed=_on_store_removed,
    attention=(Attention.count("inquiries", Inquiry, Inquiry.asked_at, col(Inquiry.answered_at).is_(None)),),
)
