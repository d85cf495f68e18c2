"""Creates TMON API clients from stored or typed credentials."""

from tmon.api import PartnerCredentials, StoreApi, TmonApi, VendorCredentials
from tmon.models.stores import Credentials, Store
from tmon.sealing import Sealer
from tmon.stores.form import stored_credentials


class ApiClients:
    """Factory of API clients; opens sealed credentials only to create a client."""

    def __init__(self, api: TmonApi, sealer: Sealer, vendor: VendorCredentials) -> None:
        """`vendor`: the deployment's credentials, for stores without their own."""
        self._api = api
        self._sealer = sealer
        self._vendor = vendor

    def for_store(self, store: Store) -> StoreApi:
        """Return the client of `store`. Raises ValueError for a removed store, CannotOpen if its seal cannot be opened."""
        credentials = stored_credentials(store, self._sealer)
        if credentials is None:
            raise ValueError("a removed store has no credentials")
        return self.with_credentials(store.seller_id, credentials)

    def with_credentials(self, seller_id: str, credentials: Credentials) -> StoreApi:
        """Return the client of a seller with the given credentials."""
        vendor = self._vendor
        if credentials.access_key and credentials.secret_key:
            vendor = VendorCredentials(
                client_id=credentials.access_key,
                client_secret=credentials.secret_key,
                vendor_id=credentials.vendor_id,
                personal_data_key=credentials.personal_data_key,
            )
        return self._api.store(vendor, PartnerCredentials(partner_id=seller_id, partner_token=credentials.api_key))
