"""Address book and delivery templates."""

from handlers.feature import SlackFeature
from handlers.subcommands import Group, Subcommand
from handlers.templates import addresses, delivery, overview, samples
from handlers.templates.ids import TemplateAction, TemplateView
from tmon.permissions import Permission

FEATURE = SlackFeature(
    name="templates",
    tasks={"address": "templates", "template": "templates"},
    subcommands=(
        Subcommand(
            "templates",
            ("템플릿",),
            overview.command,
            on_store=4,
            right=Permission.MANAGE,
            group=Group.SETTINGS,
            synonyms=("주소록", "배송템플릿", "template"),
        ),
    ),
    actions={
        TemplateAction.OVERVIEW: overview.back,
        TemplateAction.IMPORT_ADDRESSES: overview.import_addresses,
        TemplateAction.IMPORT: overview.import_templates,
        TemplateAction.ADDRESSES: addresses.show_list,
        TemplateAction.NEW_ADDRESS: addresses.begin_new,
        TemplateAction.EDIT_ADDRESS: addresses.begin_edit,
        TemplateAction.RETRY_ADDRESS: addresses.type_again,
        TemplateAction.IMPORT_NAMED_ADDRESS: addresses.ask_name,
        TemplateAction.LIST: delivery.show_list,
        TemplateAction.NEW: delivery.begin_new,
        TemplateAction.COPY: delivery.begin_copy,
        TemplateAction.CHANGED: delivery.grow,
        TemplateAction.BACK: delivery.turn_back,
        TemplateAction.ADD: delivery.ask_number,
        TemplateAction.IS_THERE: delivery.ask_where,
        TemplateAction.NOT_THERE: delivery.decide_not_there,
    },
    submissions={
        TemplateView.ADDRESS: addresses.save,
        TemplateView.NAMED_ADDRESS: addresses.import_named,
        TemplateView.POLICY: delivery.show_preview,
        TemplateView.PREVIEW: delivery.register_now,
        TemplateView.ADD: delivery.add,
        TemplateView.IS_THERE: delivery.decide_is_there,
    },
    renderers=(*addresses.RENDERERS, *delivery.RENDERERS),
    samples=samples.samples,
)
