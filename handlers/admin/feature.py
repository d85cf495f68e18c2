"""Functions for workspace admins: Runple marks, permissions, audit log."""

from handlers.admin import listeners, samples
from handlers.admin.ids import AdminAction, AdminView
from handlers.feature import SlackFeature
from handlers.subcommands import Subcommand

FEATURE = SlackFeature(
    name="admin",
    subcommands=(Subcommand("admin", ("관리",), listeners.command),),
    actions={
        AdminAction.OVERVIEW: listeners.overview,
        AdminAction.RUNPLE: listeners.runple,
        AdminAction.MARK_STORE: listeners.mark_store,
        AdminAction.UNMARK_STORE: listeners.unmark_store,
        AdminAction.DEALS: listeners.deals,
        AdminAction.MARK_DEAL: listeners.mark_deal,
        AdminAction.UNMARK_DEAL: listeners.unmark_deal,
        AdminAction.NUMBERS: listeners.open_numbers,
        AdminAction.RIGHTS: listeners.rights,
        AdminAction.AUDIT: listeners.audit,
    },
    submissions={
        AdminView.DEALS: listeners.search,
        AdminView.NUMBERS: listeners.mark_numbers,
        AdminView.AUDIT: listeners.narrow,
    },
    samples=samples.samples,
)
