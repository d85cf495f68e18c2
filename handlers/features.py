"""The list of features, in the order of the help, and what is assembled from their manifests."""

from collections.abc import Sequence
from pathlib import Path

from handlers.admin import feature as admin
from handlers.calendar import feature as calendar
from handlers.claims import feature as claims
from handlers.codes import feature as codes
from handlers.collection import feature as collection
from handlers.common_views.ids import CommandAction
from handlers.common_views.settings_parts import SettingsParts
from handlers.counters import feature as counters
from handlers.feature import SlackFeature
from handlers.guide import feature as guide
from handlers.guide.help_command import unknown_word
from handlers.home import feature as home
from handlers.incidents import feature as incidents
from handlers.inquiries import feature as inquiries
from handlers.listing_files import feature as listing_files
from handlers.listing_settings import feature as listing_settings
from handlers.listings import feature as listings
from handlers.orders import feature as orders
from handlers.outbox import feature as outbox
from handlers.products import feature as products
from handlers.rendering import Renderer
from handlers.reports import feature as reports
from handlers.reviews import feature as reviews
from handlers.router import Router
from handlers.settlement import feature as settlement
from handlers.stock import feature as stock
from handlers.stores import feature as stores
from handlers.stores.settings import draw_settings
from handlers.subcommands import COMMAND, CommandRouter, Subcommand
from handlers.templates import feature as templates
from handlers.unread import feature as unread
from handlers.waybills import feature as waybills
from handlers.workspaces import feature as workspaces

FEATURES: tuple[SlackFeature, ...] = (
    stores.FEATURE,
    calendar.FEATURE,
    orders.FEATURE,
    waybills.FEATURE,
    claims.FEATURE,
    inquiries.FEATURE,
    reviews.FEATURE,
    settlement.FEATURE,
    templates.FEATURE,
    products.FEATURE,
    listing_files.FEATURE,
    listing_settings.FEATURE,
    listings.FEATURE,
    stock.FEATURE,
    reports.FEATURE,
    incidents.FEATURE,
    admin.FEATURE,
    guide.FEATURE,
    outbox.FEATURE,
    unread.FEATURE,
    codes.FEATURE,
    counters.FEATURE,
    workspaces.FEATURE,
)


def complete(features: Sequence[SlackFeature]) -> tuple[SlackFeature, ...]:
    """Return `features` with those that are built from all of them: status, manual collection, help, home tab."""
    features = (*features, stores.status_feature(features))
    features = (*features, collection.feature(features))
    features = (*features, guide.help_feature(features))
    return (*features, home.feature(features))


def subcommands(features: Sequence[SlackFeature]) -> list[Subcommand]:
    """Every subcommand of `/tmon`."""
    return [word for feature in features for word in feature.subcommands]


def settings_parts(features: Sequence[SlackFeature]) -> SettingsParts:
    """The settings view of a store with what each feature adds to it."""
    return SettingsParts(tuple(part for feature in features for part in feature.settings_parts), draw_settings)


def texts_elsewhere(features: Sequence[SlackFeature]) -> tuple[Path, ...]:
    """The sentences of features that do not stand in `handlers`."""
    return tuple(feature.texts for feature in features if feature.texts is not None)


def register(guard: Router, features: Sequence[SlackFeature]) -> None:
    """Register every listener of complete `features`."""
    for feature in features:
        for action_id, listener in feature.actions.items():
            guard.action(action_id, listener)
        for action_id, loader in feature.options.items():
            guard.options(action_id, loader)
        for callback_id, listener in feature.submissions.items():
            guard.submission(callback_id, listener)
        for name, listener in feature.events.items():
            guard.event(name, listener)
        for listener in feature.after_each:
            guard.after_each(listener)
    words = subcommands(features)
    dispatcher = CommandRouter(words, unknown_word)
    guard.command(COMMAND, dispatcher)
    guard.action(home.GO, dispatcher.from_button)
    guard.action(CommandAction.RUN, dispatcher.from_button)


def renderers(features: Sequence[SlackFeature]) -> dict[str, Renderer]:
    """Return all renderers by kind of message. Raises ValueError if two features render the same kind."""
    found: dict[str, Renderer] = {}
    for renderer in (one for feature in features for one in feature.renderers):
        kind = renderer.args.kind
        if kind in found:
            raise ValueError(f"two renderers of {kind}")
        found[kind] = renderer
    return found
