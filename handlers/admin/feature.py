"""Functions for workspace admins: Runple marks, permissions, audit log, records of personal data."""

from handlers.admin import listeners, privacy, renderers, samples
from handlers.admin.ids import AdminAction, AdminView
from handlers.feature import SlackFeature
from handlers.subcommands import Group, Subcommand

FEATURE = SlackFeature(
    name="admin",
    subcommands=(
        Subcommand("admin", ("관리",), listeners.command, group=Group.ADMIN, synonyms=("런플", "감사", "권한", "언어")),
    ),
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
        AdminAction.AUDIT_EXPORT: listeners.export_audit,
        AdminAction.PRIVACY: privacy.show,
        AdminAction.REVIEW: privacy.show,
        AdminAction.ACCESS_DONE: privacy.finish,
        AdminAction.ACCESS_EXPORT: privacy.export,
        AdminAction.DESTRUCTIONS: privacy.destructions,
        AdminAction.HOLDINGS: privacy.holdings,
        AdminAction.LANGUAGE: listeners.choose_language,
    },
    submissions={
        AdminView.DEALS: listeners.search,
        AdminView.NUMBERS: listeners.mark_numbers,
        AdminView.AUDIT: listeners.narrow,
    },
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
