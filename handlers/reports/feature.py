"""Reports: daily and weekly ones in channels, and those of any period."""

from handlers.feature import SlackFeature
from handlers.reports import listeners, renderers, samples, settings
from handlers.reports.ids import ReportAction, ReportView
from handlers.subcommands import Subcommand

FEATURE = SlackFeature(
    name="reports",
    subcommands=(
        Subcommand("report", ("보고", "리포트"), listeners.command, on_home=2, synonyms=("reports", "보고서")),
    ),
    actions={
        ReportAction.SPAN: listeners.choose_span,
        ReportAction.BACK: listeners.back,
        ReportAction.SHARE: listeners.ask_to_share,
        ReportAction.EXPORT: listeners.export,
        ReportAction.SETTING: settings.open_form,
    },
    submissions={
        ReportView.REPORT: listeners.look_up,
        ReportView.SHARE: listeners.share,
        ReportView.SETTING: settings.save,
    },
    settings_parts=(settings.part,),
    renderers=renderers.RENDERERS,
    samples=samples.samples,
)
