"""Views of the connection test and of the test notice, and the notice itself."""

from collections.abc import Mapping, Sequence

from handlers.blocks import Block, actions, button, context, modal, section
from handlers.common_views.mail import EmailContent, html_email, plain_email, without_links
from handlers.payloads import encode
from handlers.rendering import RenderedMail
from handlers.stores.ids import SettingsView, StoreAction, StoreListRef
from handlers.texts import Texts, mention
from tmon.models.stores import Store, StoreState
from tmon.stores.connection_check import Mark, Step, StepResult
from tmon.stores.contact_notice import NoticeOutcome, NoticeState

_MARKS = {Mark.PASSED: "✅", Mark.FAILED: "❌", Mark.NOT_KNOWN: "➖"}


def progress(t: Texts, text: str) -> Block:
    """The modal while a test is running."""
    return _result(t, [section(text)])


def connection(t: Texts, store: Store, results: Sequence[StepResult], reasons: Mapping[Step, str]) -> Block:
    """The result of each step, or the reason of its failure; for a pending store with a button to check it again."""
    blocks = [section(t.md("checks.connection_of", name=store.name))]
    for result in results:
        line = t("checks.step", mark=_MARKS[result.mark], what=t.of("checks.step", result.step))
        said = reasons[result.step] if result.mark is Mark.FAILED else t.of("checks", result.mark)
        blocks.append(section(f"{line}\n{said}"))
    passed = all(result.mark is Mark.PASSED for result in results)
    if passed and store.state is not StoreState.APPROVED:
        blocks.append(section(t("checks.may_be_approved")))
        recheck = button(
            t("stores.recheck"), StoreAction.RECHECK, encode(StoreListRef(store=store.id)), style="primary"
        )
        blocks.append(actions(recheck))
    blocks.append(context(t("checks.no_switch")))
    return _result(t, blocks)


def notice(t: Texts, store: Store, outcome: NoticeOutcome, email: str, *, is_theirs: bool = False) -> Block:
    """The result of a test notice.

    `email`: the contact's address; `is_theirs`: the Slack account that got the notice has this address.
    """
    return _result(
        t,
        [
            section(t.md("checks.notice_of", name=store.name)),
            section(_slack(t, store, outcome, is_theirs)),
            section(
                _arrived(outcome.mail) + t.md_of("checks.mail", outcome.mail, email=email, code=outcome.mail_error)
            ),
        ],
    )


def _slack(t: Texts, store: Store, outcome: NoticeOutcome, is_theirs: bool) -> str:
    mark = _arrived(outcome.slack)
    if outcome.slack_user is None:
        return mark + t.of("checks.slack", outcome.slack)
    who = mention(outcome.slack_user)
    if store.contact_user_id is None and outcome.slack_user == store.registered_by and not is_theirs:
        return "⚠️ " + t.md("checks.slack_registrant", who=who)
    if store.contact_user_id is not None and outcome.slack_user != store.contact_user_id:
        return "⚠️ " + t.md("checks.slack_instead", who=who, contact=mention(store.contact_user_id))
    return mark + t.md("checks.slack_delivered", who=who)


def _arrived(arrival: NoticeState) -> str:
    return {NoticeState.DELIVERED: "✅ ", NoticeState.ON_ITS_WAY: "⏳ "}.get(arrival, "❌ ")


def notice_text(t: Texts, store: Store, who: str) -> str:
    """The text of the direct message."""
    return t.md("checks.notice", name=store.name, who=mention(who))


def letter(t: Texts, store: Store, email: str) -> RenderedMail:
    """The mail."""
    content = EmailContent(
        title=t("checks.letter_title", name=without_links(store.name)),
        paragraphs=[t("checks.letter_text")],
        rows=[(t("setup.store_name"), without_links(store.name))],
        footer=t("checks.letter_footer"),
        alarming=False,
    )
    subject = t("checks.letter_subject", name=without_links(store.name))
    return RenderedMail((email,), subject, plain_email(content), html_email(content, t.language))


def _result(t: Texts, blocks: Sequence[Block]) -> Block:
    return modal(t("checks.title"), blocks, callback_id=SettingsView.RESULT, close=t("common.close"))
