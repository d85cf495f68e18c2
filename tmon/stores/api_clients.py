"""Creates TMON API clients from stored or typed credentials."""

from tmon.api import PartnerCredentials, StoreApi, TmonApi, VendorCredentials
from tmon.models.stores import Credentials, Store
from tmon.sealing import Sealer
from tmon.stores.form import stored_credentials


class ApiClients:
    """Factory of API clients; opens sealed credentials only to create a client."""

    def __init__(
        self, api: TmonApi, sealer: Sealer, vendor: VendorCredentials, vendor_teams: frozenset[str] | None = None
    ) -> None:
        """`vendor`: the deployment's credentials, for stores without their own in the workspaces `vendor_teams`; None: in all."""
        self._api = api
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

        Its calls raise VendorMissing if there are no vendor credentials that it may use.
        """
        vendor, has_vendor = self._vendor, self._vendor_teams is None or team_id in self._vendor_teams
        if credentials.access_key and credentials.secret_key:
            has_vendor = True
            vendor = VendorCredentials(
                client_id=credentials.access_key,
                client_secret=credentials.secret_key,
                vendor_id=credentials.vendor_id,
                personal_data_key=credentials.personal_data_key,
            )
        partner = PartnerCredentials(partner_id=seller_id, partner_token=credentials.api_key)
        return self._api.store(vendor, partner, has_vendor=has_vendor)
