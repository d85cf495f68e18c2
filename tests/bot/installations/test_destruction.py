"""What a workspace leaves: kept for some days, taken up again or destroyed, and nothing of any other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel, col

from bot.playground.slack.actions import Workspace
from tests.bot.installations.conftest import Installing
from tests.clock import MovableClock
from tests.rows import value_for
from tmon.clock_check import http_date
from tmon.core import Core
from tmon.models.audit import Audit
from tmon.models.metadata import METADATA
from tmon.models.stores import Contact, Credentials, Store, StoreState
from tmon.models.workspaces import Workspace as WorkspaceRow
from tmon.sealing import Place, Sealer, sealed_columns
from tmon.workspaces import destruction
from tmon.workspaces.destruction import destroy_due, destroy_now

KEEP = timedelta(days=7)
OF_TEAMS = [
    (table, column)
    for table, column in sealed_columns(METADATA)
    if "team_id" in table.c and table.name not in ("store", "installation")
]

OF_STORES = [column for table, column in sealed_columns(METADATA) if table.name == "store"]


def agree(core: Core) -> None:
    """Slack says that the clock is right."""
    core.clock_check.heard(http_date(core.clock()))


async def fill(installing: Installing, team: Workspace, sealer: Sealer, store_id: str = "st_1") -> None:
    """A store with a value in every sealed column."""
    now = installing.core.clock()
    store = Store(
        team_id=team.team_id,
        id=store_id,
        seller_id=store_id,
        name=store_id,
        name_key=store_id,
        channel_id="C1",
        registered_by="U1",
        state=StoreState.APPROVED,
        created_at=now,
        updated_at=now,
    )
    store.credentials = sealer.seal(Credentials(api_key="secret"), Place.of(store, "credentials"))
    store.contact = sealer.seal(
        Contact(name="박담당", email="a@example.com", mobile="010-1234-5678"), Place.of(store, "contact")
    )
    for column in OF_STORES:
        if getattr(store, column.key) is None:
            setattr(store, column.key, sealer.seal("x"))
    async with installing.core.db.write() as session:
        session.add(store)
        await session.flush()
        for table in dict.fromkeys(table for table, _ in OF_TEAMS):
            row: dict[str, Any] = {
                column.key: value_for(column.type)
                for column in table.columns
                if not column.nullable or (table, column) in OF_TEAMS
            }
            row |= {"team_id": team.team_id}
            if "store_id" in table.c:
                row["store_id"] = store_id
            if "id" in table.c:
                row["id"] = f"{store_id}{team.team_id[-6:]}"
            row |= {column.key: sealer.seal("x") for of, column in OF_TEAMS if of is table}
            await session.execute(table.insert().values(row))


async def sealed_left(installing: Installing, team: Workspace) -> dict[str, int]:
    """How many sealed values there are of a workspace."""
    left: dict[str, int] = {}
    async with installing.core.db.read() as session:
        for table, column in OF_TEAMS:
            rows = await session.scalars(select(column).where(table.c.team_id == team.team_id, column.is_not(None)))
            left[f"{table.name}.{column.name}"] = len(rows.all())
        for store in await session.scalars(select(Store).where(col(Store.team_id) == team.team_id)):
            for column in OF_STORES:
                left[f"store.{column.name}"] = left.get(f"store.{column.name}", 0) + (
                    getattr(store, column.key) is not None
                )
    return {name: count for name, count in left.items() if count}


async def leave(installing: Installing, team: Workspace) -> None:
    await installing.slack.uninstall(team.team_id, events=())
    assert await installing.installations.check(team.team_id)


async def test_the_data_is_destroyed_after_some_days_with_an_audit_row_and_nothing_of_others(
    installing: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team, other = installing.teams
    for one in (team, other):
        await installing.install(one)
        await fill(installing, one, sealer)
    before = await sealed_left(installing, other)
    await leave(installing, team)
    clock.advance(KEEP - timedelta(minutes=1))
    agree(installing.core)
    assert await destroy_due(installing.core) == 0
    assert await sealed_left(installing, team) == before
    clock.advance(timedelta(minutes=1))
    agree(installing.core)
    assert await destroy_due(installing.core) == 1
    assert await sealed_left(installing, team) == {}
    assert await sealed_left(installing, other) == before
    row = await installing.workspace(team)
    assert row.destroyed_at == clock()
    audits = [one for one in await installing.rows(Audit) if one.action in ("workspace.destroy", "store.remove")]
    assert {(one.team_id, one.action) for one in audits} == {
        (team.team_id, "workspace.destroy"),
        (team.team_id, "store.remove"),
    }
    assert await destroy_due(installing.core) == 0


async def test_nothing_is_destroyed_while_the_clock_may_be_wrong(
    installing: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    await fill(installing, team, sealer)
    await leave(installing, team)
    clock.advance(KEEP)
    assert await destroy_due(installing.core) == 0
    assert await sealed_left(installing, team)


async def test_a_workspace_that_comes_back_in_time_finds_everything(
    installing: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    await fill(installing, team, sealer)
    before = await sealed_left(installing, team)
    await leave(installing, team)
    clock.advance(timedelta(days=6))
    await installing.install(team)
    clock.advance(timedelta(days=30))
    agree(installing.core)
    assert await destroy_due(installing.core) == 0
    assert await sealed_left(installing, team) == before


async def test_with_no_days_the_data_is_destroyed_at_once(
    installing: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    await fill(installing, team, sealer)
    await leave(installing, team)
    core = replace(installing.core, options=replace(installing.core.options, uninstall_keep=timedelta()))
    agree(core)
    assert await destroy_due(core) == 1
    assert await sealed_left(installing, team) == {}


async def test_a_destruction_that_was_interrupted_is_finished_although_the_workspace_came_back(
    installing: Installing, clock: MovableClock, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = installing.teams[0]
    await installing.install(team)
    for store_id in ("st_1", "st_2"):
        await fill(installing, team, sealer, store_id)
    await leave(installing, team)
    clock.advance(KEEP)
    agree(installing.core)
    with monkeypatch.context() as broken:

        async def crash(*_: Any) -> None:
            raise RuntimeError("killed")

        broken.setattr(destruction, "_destroy_sealed", crash)
        with pytest.raises(RuntimeError):
            await destroy_due(installing.core)
    assert "store" not in await sealed_left(installing, team)  # the keys went first
    await installing.install(team)
    await fill(installing, team, sealer, "st_new")
    clock.advance(timedelta(hours=1))
    assert await destroy_due(installing.core) == 1
    async with installing.core.db.read() as session:
        stores = {store.id: store for store in await session.scalars(select(Store))}
    assert stores["st_new"].removed_at is None
    assert stores["st_new"].credentials is not None
    assert all(stores[name].removed_at is not None for name in ("st_1", "st_2"))
    assert all(count == 1 for count in (await sealed_left(installing, team)).values())


async def test_a_workspace_that_leaves_again_is_destroyed_again(
    installing: Installing, clock: MovableClock, sealer: Sealer
) -> None:
    team = installing.teams[0]
    for store_id in ("st_1", "st_2"):
        await installing.install(team)
        await fill(installing, team, sealer, store_id)
        await leave(installing, team)
        clock.advance(KEEP)
        agree(installing.core)
        assert await destroy_due(installing.core) == 1
    assert await sealed_left(installing, team) == {}
    actions = [one.action for one in await installing.rows(Audit)]
    assert actions.count("workspace.destroy") == 2


async def test_what_the_operator_forgets_is_destroyed_now_and_its_token_revoked(
    installing: Installing, sealer: Sealer
) -> None:
    team, other = installing.teams
    for one in (team, other):
        await installing.install(one)
        await fill(installing, one, sealer)
    await installing.installations.forget(team.team_id)
    await destroy_now(installing.core, team.team_id)
    assert team.token_error(team.bot_token) == "token_revoked"
    assert await sealed_left(installing, team) == {}
    assert await sealed_left(installing, other) != {}
    rows: list[SQLModel] = await installing.rows(WorkspaceRow)
    assert len(rows) == 2
