"""The core that services are built with, for tests that need no process around them."""

from typing import Any

from bot.engine.embedded import EmbeddedEngine
from tests.clock import MovableClock
from tmon.api import TmonApi, VendorCredentials
from tmon.clock import system_clock
from tmon.core import Core, Options
from tmon.database import Database
from tmon.features import FEATURES
from tmon.leases import Claims, Leases
from tmon.models.stores import Store
from tmon.presence import Presence
from tmon.processes import Process
from tmon.sealing import Sealer
from tmon.stores.api_clients import ApiClients
from tmon.stores.switches import require_on
from tmon.writes.engine import WriteEngine
from tmon.writes.records import delete_writes

KEY = "0bgGKkwCDBZwTHQr0lH2BKWSTVcM9rjqFEZZIgJPC5U="
SWITCHES = {collector.kind: collector.switch for feature in FEATURES for collector in feature.collectors}
"""Which switch of a store each kind of collection obeys."""


def make_core(
    db: Database,
    clock: MovableClock,
    sealer: Sealer | None = None,
    clients: ApiClients | None = None,
    options: Options | None = None,
) -> Core:
    """A core whose TMON answers nothing unless `clients` are given."""
    sealer = sealer or Sealer([KEY])
    nowhere = VendorCredentials(client_id="v", client_secret="s", personal_data_key="0123456789abcdef")

    process = Process(db)
    claims = Claims(db, process)
    db.clock_offset = lambda: clock() - system_clock()
    clients = clients or ApiClients(TmonApi("http://127.0.0.1:9"), sealer, nowhere, Presence(db, clock))

    async def nobody(store: Store, error: Any) -> None: ...

    work = EmbeddedEngine()
    return Core(
        db=db,
        clock=clock,
        sealer=sealer,
        clients=clients,
        report_auth_error=nobody,
        writes=WriteEngine(
            db,
            clock,
            claims,
            sealer,
            clients.for_store,
            require_on,
            nobody,
            work,
            [w for one in FEATURES for w in one.writes],
        ),
        process=process,
        claims=claims,
        leases=Leases(db, claims),
        work=work,
        options=options or Options(),
        on_store_removed=(
            delete_writes,
            *(one.on_store_removed for one in FEATURES if one.on_store_removed is not None),
        ),
        destroy_of_store=tuple(one.retention.destroy_of_store for one in FEATURES if one.retention is not None),
        on_channel_mended=tuple(one.on_channel_mended for one in FEATURES if one.on_channel_mended is not None),
        on_closed_days_changed=tuple(
            one.on_closed_days_changed for one in FEATURES if one.on_closed_days_changed is not None
        ),
        on_auto_confirm_begun=tuple(
            one.on_auto_confirm_begun for one in FEATURES if one.on_auto_confirm_begun is not None
        ),
    )
