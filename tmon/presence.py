"""Which workspaces have the app installed: nothing is collected for the others, and nothing is sent to them."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from tmon.models.workspaces import Workspace


def is_present(team_id: Any) -> ColumnElement[bool]:
    """Return the condition that the workspace in the column `team_id` has the app installed, or is not recorded yet."""
    condition: ColumnElement[bool] = team_id.not_in(
        select(col(Workspace.team_id)).where(col(Workspace.gone_at).is_not(None))
    )
    return condition
