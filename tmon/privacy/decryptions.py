"""Decryptions of personal data by the bot, recorded once an hour: one audit row, not one for each value."""

from collections import defaultdict

from tmon import audit
from tmon.core import Core
from tmon.privacy.review import AUTOMATIC

NOT_PERSONAL = frozenset(
    {"store.credentials", "waybill_upload.content", "installation.bot_token", "installation.refresh_token"}
)
"""Sealed columns without personal data."""


async def record(core: Core) -> None:
    """Write down how many values of each column were decrypted since the last time, for each workspace."""
    opened = core.sealer.take_opened()
    counts = defaultdict[str, dict[str, int]](dict)
    for (team_id, column), count in opened.items():
        if column not in NOT_PERSONAL:
            counts[team_id][column] = count
    if not counts:
        return
    try:
        async with core.db.write() as session:
            for team_id, columns in counts.items():
                audit.record_in_team(session, team_id, "system", AUTOMATIC, core.clock(), **columns)
    except BaseException:  # also when the process stops meanwhile: the next time writes it down
        core.sealer.give_back(opened)
        raise
