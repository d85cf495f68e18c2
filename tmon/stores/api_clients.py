"""Creates TMON API clients from stored or typed credentials."""

from functools import partial

from tmon.api import PartnerCredentials, StoreApi, TmonApi, VendorCredentials
from tmon.models.stores import Credentials, Store
from tmon.presence import Presence
from tmon.sealing import Sealer
from tmon.stores.form import stored_credentials


class ApiClients:
    """Factory of API clients; opens sealed credentials only to create a client."""

    def __init__(
        self,
        api: TmonApi,
        sealer: Sealer,
        vendor: VendorCredentials,
        presence: Presence,
        vendor_teams: frozenset[str] | None = None,
    ) -> None:
        """`vendor`: the deployment's credentials, for stores without their own in the workspaces `vendor_teams`; None: in all.

        `presence`: of the workspaces; before each call the client of a store looks whether its own is still there.
        """
        self._api = api
        self._presence = presence
        self._sealer = sealer
        self._vendor = vendor
        self._vendor_teams = vendor_teams

    def for_store(self, store: Store) -> StoreApi:
        """Return the client of `store`. Raises ValueError for a removed store, CannotOpen if its seal cannot be opened."""
        credentials = stored_credentials(store, self._sealer)
        if credentials is None:
            raise ValueError("a removed store has no credentials")
        return self.with_credentials(store.team_id, store.seller_id, credentials)

    def with_credentials(self, team_id: str, seller_id: str, credentials: Credentials) -> StoreApi:
        """Return the client of a seller of a workspace with the given credentials.

        Its calls raise VendorMissing if there are no vendor credentials that it may use, and NotAsked once the workspace
        does not have the app any more.
        """
        vendor, has_vendor = self._vendor, self._vendor_teams is None or team_id in self._vendor_teams
        if credentials.access_key and credentials.secret_key:
            has_vendor = True
            vendor = VendorCredentials(
                client_id=credentials.access_key,
                client_secret=credentials.secret_key,
                vendor_id=credentials.vendor_id,
                personal_data_key=credentials.personal_data_key,
                policy_no=credentials.policy_no,
            )
        seller = PartnerCredentials(partner_id=seller_id, partner_token=credentials.api_key)
        may_ask = partial(self._presence.has, team_id)
        return self._api.store(vendor, seller, has_vendor=has_vendor, may_ask=may_ask)
