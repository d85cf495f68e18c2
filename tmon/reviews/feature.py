"""Manifest of reviews: collected within the hours of a store, reported once a day, replied to, destroyed in time."""

from tmon.calendar.hours import is_open
from tmon.feature import MINUTE, DomainFeature, FeatureCollector, Job
from tmon.models.collection import Unread
from tmon.models.stores import ApiGroup
from tmon.retention import CHECK_EVERY, destroy
from tmon.reviews.collector import REVIEWS, ReviewCollector
from tmon.reviews.digest import ReviewDigests
from tmon.reviews.retention import RETENTION, destroy_store
from tmon.reviews.service import ReviewService
from tmon.reviews.writes import ReplyToReview

FEATURE = DomainFeature(
    name="reviews",
    services=lambda core: (ReviewService(core), ReviewDigests(core)),
    collectors=(
        FeatureCollector(
            REVIEWS,
            ApiGroup.CS,
            lambda options: options.collect_reviews,
            lambda services, store, user: ReviewCollector(services.core, store, user),
            reads_again=(Unread.REVIEW,),
            is_open=lambda options, store, at: is_open(store, at, options.zone),
        ),
    ),
    jobs=(
        Job("report new reviews", MINUTE, lambda services: services[ReviewDigests]()),
        Job("destroy what was written in reviews", CHECK_EVERY, lambda services: destroy(services, RETENTION)),
    ),
    writes=(ReplyToReview,),
    retention=RETENTION,
    on_store_removed=destroy_store,
)
