"""What on this machine lets others read secrets: rights of files, memory dumps, addresses without TLS."""

import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from bot.settings import BotSettings
from tmon.network import is_this_machine

BACKUPS = (
    "*.db",
    "*.db.*",
    "*.sqlite",
    "*.sqlite3",
    "*.bak",
    "*.backup",
    "*.dump",
    "*.sql",
    "*.gz",
    "*.tar",
    "*.zip",
    ".env*",
)
"""Names of what people keep beside the database and `.env`."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_EXAMPLE = ".env.example"


def forbid_core_dumps() -> None:
    """Forbid this process to leave its memory in a file when it crashes: keys are in it."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def readable_secrets(settings: BotSettings, folder: Path) -> list[str]:
    """Return a line for each secret that others can read. `folder`: where `.env` is."""
    return [*_files(settings, folder), *_addresses(settings)]


def _files(settings: BotSettings, folder: Path) -> Iterator[str]:
    folders = [folder]
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).absolute().parent)
    for file in sorted({file for place in folders for name in BACKUPS for file in place.glob(name)}):
        try:
            rights = file.stat()
        except OSError:
            continue
        if stat.S_ISREG(rights.st_mode) and rights.st_mode & _OTHERS and file.name != _EXAMPLE:
            yield f"{file} can be read by other users of this machine: chmod 600"


def _addresses(settings: BotSettings) -> Iterator[str]:
    for name in ("slack_api_url", "tmon_api_url"):
        url = urlsplit(str(getattr(settings, name)))
        if url.scheme == "http" and not is_this_machine(url.hostname or ""):
            yield f"{name.upper()} is http://: tokens and buyers' data cross the network in plain text; use https://"
