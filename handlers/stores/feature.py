"""Stores: setup, settings, approval, connection checks, status, master switch."""

from collections.abc import Sequence

from handlers.common_views.ids import RightsAction, StoreRemedy, SwitchAction
from handlers.feature import SlackFeature
from handlers.stores import (
    approval,
    connection_checks,
    contact_address,
    handover,
    listeners,
    open_form,
    rights,
    samples,
    settings,
    setup,
    status,
    sync,
)
from handlers.stores.ids import (
    HandoverAction,
    HandoverView,
    SettingsAction,
    SettingsView,
    SetupAction,
    SetupView,
    StoreAction,
    StoreView,
)
from handlers.subcommands import Group, Subcommand

FEATURE = SlackFeature(
    name="stores",
    subcommands=(
        Subcommand("setup", ("설정",), setup.command, on_home=7, group=Group.SETTINGS, synonyms=("등록", "연결")),
        Subcommand(
            "stores",
            ("스토어",),
            listeners.command,
            on_home=6,
            group=Group.SETTINGS,
            synonyms=("가게", "상점", "store"),
        ),
        Subcommand("sync", ("연동",), sync.command, group=Group.SETTINGS),
    ),
    actions={
        StoreAction.PAGE: listeners.turn_page,
        StoreAction.PAUSE: listeners.pause,
        StoreAction.RESUME: listeners.resume,
        StoreAction.REMOVE: listeners.remove,
        StoreAction.MENU: listeners.choose,
        StoreAction.RECHECK: approval.recheck,
        StoreAction.START_AUTO: approval.start_auto,
        SetupAction.NEW: setup.begin_new,
        SetupAction.EDIT: setup.begin_edit,
        SetupAction.RESUME: setup.resume,
        SetupAction.BACK: setup.turn_back,
        SetupAction.DEFAULTS: setup.save_defaults,
        SetupAction.MORE: open_form.show_more,
        SetupAction.MODE: open_form.choose_mode,
        SetupAction.ACCOUNT: open_form.choose_account,
        SetupAction.DISCARD: setup.discard,
        SetupAction.EXAMPLE: setup.fill_example,
        StoreRemedy.FIX_KEY: approval.fix_key,
        StoreRemedy.ASK_AUTO: approval.ask_auto,
        SettingsAction.OPEN: settings.open_store,
        SettingsAction.EDIT: settings.edit,
        SettingsAction.BACK: settings.turn_back,
        RightsAction.ASK: rights.ask,
        HandoverAction.OPEN: handover.open_form,
        SwitchAction.TURN_ON: settings.turn_on,
        SettingsAction.TEST: connection_checks.test_connection,
        StoreRemedy.CONFIRM_EMAIL: contact_address.open_form,
        SettingsAction.RESEND_CODE: contact_address.resend,
        SettingsAction.NOTICE: connection_checks.send_notice,
    },
    submissions={
        StoreView.REMOVE: listeners.remove_confirmed,
        StoreView.PAUSE: listeners.pause_confirmed,
        HandoverView.FORM: handover.hand_over,
        SetupView.API: setup.submit_api,
        SetupView.CONTACT: setup.submit_contact,
        SetupView.SETTINGS: setup.save,
        SetupView.PUSH: setup.save_with_stock,
        SetupView.KEY: setup.submit_key,
        SettingsView.API: settings.save_part,
        SettingsView.CONTACT: settings.save_part,
        SettingsView.SETTINGS: settings.preview,
        SettingsView.CODE: contact_address.confirm,
        SettingsView.EFFECTS: settings.save_settings,
    },
    renderers=(
        *approval.RENDERERS,
        *settings.RENDERERS,
        *connection_checks.RENDERERS,
        *rights.RENDERERS,
        *contact_address.RENDERERS,
        *handover.RENDERERS,
    ),
    samples=samples.samples,
)


def status_feature(features: Sequence[SlackFeature]) -> SlackFeature:
    """Build the feature with `/tmon status`, which leads to what waits in each of `features`."""
    shown = status.Status({task: word for one in features for task, word in one.tasks.items()})
    return SlackFeature(
        name="status",
        subcommands=(Subcommand("status", ("상태",), shown.command, synonyms=("현황",)),),
        actions={StoreAction.STATUS_PAGE: shown.turn_page},
    )
