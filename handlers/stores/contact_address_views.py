"""Views of 이메일 확인: the form that asks for the code, its result, the mail with the code."""

from handlers.blocks import Block, actions, button, input_block, modal, section, text_input
from handlers.common_views.mail import EmailContent, html_email, plain_email, without_links
from handlers.payloads import encode
from handlers.rendering import RenderedMail
from handlers.stores.ids import SettingsAction, SettingsView, StoreViewRef
from handlers.texts import Texts
from tmon.models.stores import Store

CODE_LENGTH = 20
"""Room for a code of six digits with what a mail program puts around it."""


def code_form(t: Texts, store: Store, email: str) -> Block:
    """The form that asks for the code that went to `email`."""
    ref = encode(StoreViewRef(store=store.id))
    return modal(
        t("settings.confirm_email"),
        [
            section(t.md("settings.code_where", name=store.name, email=email)),
            input_block("code", t("settings.code"), text_input(max_length=CODE_LENGTH), hint=t("settings.code_hint")),
            actions(button(t("settings.code_again"), SettingsAction.RESEND_CODE, ref)),
        ],
        callback_id=SettingsView.CODE,
        close=t("common.close"),
        submit=t("settings.code_submit"),
        metadata=ref,
    )


def confirmed(t: Texts, store: Store) -> Block:
    """The modal after the address was confirmed."""
    return modal(
        t("settings.confirm_email"),
        [section(t.md("settings.email_confirmed_of", name=store.name))],
        callback_id=SettingsView.RESULT,
        close=t("common.close"),
    )


def letter(t: Texts, store: Store, email: str, code: str) -> RenderedMail:
    """The mail with the code."""
    content = EmailContent(
        title=t("settings.code_letter_title", code=code),
        paragraphs=[t("settings.code_letter_text", name=without_links(store.name))],
        rows=[(t("settings.code"), code)],
        footer=t("settings.code_letter_footer"),
        alarming=False,
    )
    subject = t("settings.code_letter_subject", code=code)
    return RenderedMail((email,), subject, plain_email(content), html_email(content, t.language))
