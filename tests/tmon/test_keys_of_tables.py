"""Two workspaces may have equal ids of everything else: each key begins with the workspace, or the table says why not."""

from pathlib import Path

from sqlalchemy import UniqueConstraint

from tmon.models.metadata import METADATA

OF_THE_DEPLOYMENT = {
    "process": "a process works for all workspaces",
    "chore": "a job at an interval goes over all workspaces",
    "oldest_code": "the schema is one",
    "oauth_state": "until Slack answers nobody knows which workspace installs the app",
    "hash_key": "the key of hashes is the deployment's; what is hashed with it stands in rows of workspaces",
}
"""Tables without a workspace in their key, and why."""
ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_every_primary_key_begins_with_the_workspace_but_for_what_is_the_deployments() -> None:
    others = {one.name for one in METADATA.sorted_tables if next(iter(one.primary_key)).name != "team_id"}
    assert others == OF_THE_DEPLOYMENT.keys()


def test_every_other_unique_key_has_the_workspace_too() -> None:
    for table in METADATA.sorted_tables:
        if table.name in OF_THE_DEPLOYMENT:
            continue
        for constraint in table.constraints:
            assert not isinstance(constraint, UniqueConstraint) or "team_id" in constraint.columns, table.name
        for index in table.indexes:
            assert not index.unique or "team_id" in index.columns, index.name


def test_the_documents_name_the_tables_of_the_deployment() -> None:
    (line,) = [one for one in ARCHITECTURE.read_text().splitlines() if one.startswith("- **Keys**")]
    assert {name for name in METADATA.tables if f"`{name}`" in line} == OF_THE_DEPLOYMENT.keys()
