"""Checks of typed keys, started while the setup form is open; one may end after the step it was started in."""

import asyncio
import hashlib
from dataclasses import dataclass

from cachetools import TTLCache

from tmon.core import Core
from tmon.models.stores import Credentials, PendingReason, Store, StoreState
from tmon.permissions import Person
from tmon.stores import approval
from tmon.stores.approval import ApprovalResult
from tmon.stores.form import StoreForm, is_other_key, stored_credentials

_KEEP = 24 * 3600.0
"""Seconds that a result is kept. It is lost with the process: saving checks the key in any case."""


@dataclass(frozen=True)
class _Check:
    credentials: str
    """Digest of what is checked."""
    result: "asyncio.Task[ApprovalResult]"


class KeyChecks:
    """At most one check per person and store (or new store): that of the key typed last."""

    def __init__(self, core: Core) -> None:
        self._clients, self._clock, self._sealer = core.clients, core.clock, core.sealer
        self._checks: TTLCache[tuple[str, str, str], _Check] = TTLCache(maxsize=10_000, ttl=_KEEP)

    async def ask(
        self, person: Person, form: StoreForm, store: Store | None, *, within: float
    ) -> ApprovalResult | None:
        """Check the key of `form` at TMON; None if there is no answer within so many seconds: the check goes on, see `refusal`.

        `store`: the one that is being edited. What is approved already is not asked about again.
        """
        credentials, owner = form.credentials(self._stored(store)), _owner(person, store)
        if store is not None and store.state is StoreState.APPROVED and not self.differs(form, store):
            self._checks.pop(owner, None)
            return ApprovalResult()
        check, digest = self._checks.get(owner), _digest(form.seller_id, credentials)
        if check is None or check.credentials != digest or check.result.done():
            api = self._clients.with_credentials(person.team_id, form.seller_id, credentials)
            check = _Check(digest, asyncio.create_task(approval.check(api, self._clock())))
            self._checks[owner] = check
        await asyncio.wait({check.result}, timeout=within)
        return check.result.result() if check.result.done() else None

    def differs(self, form: StoreForm, store: Store) -> bool:
        """Whether saving `form` would change what `store` shows to TMON."""
        stored = self._stored(store)
        return form.seller_id != store.seller_id or is_other_key(form.credentials(stored), stored)

    def refusal(self, person: Person, form: StoreForm, store: Store | None) -> ApprovalResult | None:
        """Return the refusal of the key of `form`, if TMON has refused it by now."""
        check = self._checks.get(_owner(person, store))
        digest = _digest(form.seller_id, form.credentials(self._stored(store)))
        if check is None or check.credentials != digest or not check.result.done() or check.result.exception():
            return None
        result = check.result.result()
        return result if result.reason is PendingReason.KEY_REFUSED else None

    def _stored(self, store: Store | None) -> Credentials | None:
        return None if store is None else stored_credentials(store, self._sealer)


def _owner(person: Person, store: Store | None) -> tuple[str, str, str]:
    return person.team_id, person.user_id, store.id if store else ""


def _digest(seller_id: str, credentials: Credentials) -> str:
    return hashlib.sha256(f"{seller_id}\n{credentials.model_dump_json()}".encode()).hexdigest()
