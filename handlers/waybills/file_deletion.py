"""Deletion of files with recipients' data at Slack: tried again until Slack says that the file is gone."""

from collections.abc import Callable

import structlog
from slack_sdk.errors import SlackApiError

from handlers.permissions import SLACK_ERRORS, SlackUsers
from handlers.slack_codes import code_of, refuses_the_bot
from handlers.slack_workspaces import NotInstalled, SlackWorkspaces
from handlers.texts import Texts
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.shipping_files import ShippingFile
from tmon.waybills.shipping_files import ShippingFiles

log = structlog.get_logger(__name__)

GONE = frozenset({"file_not_found", "file_deleted"})
"""Slack's answers for a file that is not there (docs.slack.dev, `files.delete`)."""
_NOT_OURS = "other_workspace"
_OPERATORS = frozenset({_NOT_OURS, "cant_delete_file"})
"""Further answers that do not change by themselves."""


class FileDeletion:
    """Deletes the files whose time is over."""

    def __init__(
        self,
        services: Services,
        workspaces: SlackWorkspaces,
        directory: SlackUsers,
        texts: Callable[[str], Texts],
    ) -> None:
        self._services, self._workspaces, self._directory, self._texts = services, workspaces, directory, texts

    async def __call__(self) -> None:
        """Delete what is due. Called every minute."""
        files = self._services[ShippingFiles]
        for file in await files.due():
            if await files.take(file):
                await self.delete(file)

    async def delete(self, file: ShippingFile) -> None:
        """Delete one file; if Slack does not do it, it is tried again later."""
        files = self._services[ShippingFiles]
        if (error := await self._refusal(file)) is not None:
            await files.stays(file, error, refused=refuses_the_bot(error) or error in _OPERATORS)
            return
        await files.gone(file)
        await self._say_so(file)

    async def _refusal(self, file: ShippingFile) -> str | None:
        """Have Slack delete the file; return why it did not, or None if the file is gone."""
        if file.file_id is None:
            return None
        try:
            client = (await self._workspaces.of(file.team_id)).client
            await client.files_delete(file=file.file_id)
        except SlackApiError as error:
            code = code_of(error)
            return None if code in GONE else code
        except NotInstalled:
            return _NOT_OURS
        except SLACK_ERRORS as error:
            return type(error).__name__
        return None

    async def _say_so(self, file: ShippingFile) -> None:
        """Let the message that stood before the file say that it is gone."""
        if file.channel is None or file.ts is None:
            return
        try:
            client = (await self._workspaces.of(file.team_id)).client
            t = self._texts((await self._directory.person(file.team_id, file.user_id)).language)
            text = t("shipping_file.deleted" if file.seen_at is not None else "shipping_file.deleted_unseen")
            await client.chat_update(channel=file.channel, ts=file.ts, text=text)
        except (*SLACK_ERRORS, AppError) as error:
            log.info("the message before a deleted file was not changed", error=type(error).__name__)
