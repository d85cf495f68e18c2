"""Reading records again that could not be read before, on a person's wish."""

from collections.abc import Mapping, Sequence

from tmon.api import TmonError
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.errors import AppError
from tmon.feature import DomainFeature, ReadAgain
from tmon.models.collection import Unread, UnreadRecord
from tmon.models.stores import Store
from tmon.permissions import Person


class UnreadReader:
    """Asks TMON for unread records again, each kind as its feature says. Callers check permissions."""

    def __init__(self, services: Services, features: Sequence[DomainFeature]) -> None:
        self._services = services
        collectors = [collector for feature in features for collector in feature.collectors]
        self._collected = {what: collector.kind for collector in collectors for what in collector.reads_again}
        self._singly: Mapping[Unread, ReadAgain] = {
            what: read_again for feature in features for what, read_again in feature.read_again.items()
        }

    async def __call__(
        self, person: Person, store: Store, records: Sequence[UnreadRecord]
    ) -> list[AppError | TmonError]:
        """Ask for `records` of `store`; return why some of them could not be asked for."""
        errors: list[AppError | TmonError] = []
        for kind in sorted({self._collected[one.what] for one in records if one.what in self._collected}):
            try:
                result = await self._services[Coordinator].collect_now(store.team_id, store.id, kind, person.user_id)
            except AppError as error:
                errors.append(error)
            else:
                errors += [result.error] if result.error is not None else []
        for what, read_again in self._singly.items():
            of_kind = [one for one in records if one.what is what]
            for call in read_again(self._services, person, store, of_kind) if of_kind else ():
                try:
                    await call
                except (AppError, TmonError) as error:
                    errors.append(error)
        return errors
