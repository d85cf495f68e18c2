"""The setting of who may change products."""

from handlers.feature import SlackFeature
from handlers.listing_settings import samples, settings
from handlers.listing_settings.ids import ListingSettingAction, ListingSettingView

FEATURE = SlackFeature(
    name="listing_settings",
    actions={ListingSettingAction.EDIT: settings.open_form},
    submissions={ListingSettingView.FORM: settings.save},
    settings_parts=(settings.part,),
    samples=samples.samples,
)
