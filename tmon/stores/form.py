"""The setup form of a store, from the first draft to the stored rows."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel
from pydantic import Field as Part

from tmon.models.stores import ApiGroup, ConfirmMode, Contact, Credentials, Store
from tmon.sealing import Place, Sealer


def stored_credentials(store: Store, sealer: Sealer) -> Credentials | None:
    """Return the credentials of `store`; None if it was removed. Raises CannotOpen."""
    if store.credentials is None:
        return None
    return sealer.open_as(Credentials, store.credentials, Place.of(store, "credentials"))


def is_other_key(credentials: Credentials, stored: Credentials | None) -> bool:
    """Return whether TMON has to accept `credentials` anew: 정책번호 alone opens nothing."""
    return stored is None or credentials.model_copy(update={"policy_no": stored.policy_no}) != stored


class StoreForm(BaseModel):
    """The three steps of the setup form. A blank secret means that the stored one is kept.

    Field names equal the block names of the form, so that errors are shown at their field.
    """

    base: datetime | None = None
    """`updated_at` of the edited store when the form was opened, to detect that somebody else saved it meanwhile."""

    seller_id: str = ""
    store_name: str = ""
    api_key: str = Part(default="", repr=False)
    category: str = ""
    memo: str = Part(default="", repr=False)
    vendor_code: str = ""
    """Blank: the deployment's vendor credentials are used, and the next three are blank as well."""
    access_key: str = Part(default="", repr=False)
    secret_key: str = Part(default="", repr=False)
    personal_data_key: str = Part(default="", repr=False)
    policy_no: str = ""
    """Digits, only with 업체코드; may be blank."""

    contact_name: str = Part(default="", repr=False)
    contact_title: str = Part(default="", repr=False)
    contact_email: str = Part(default="", repr=False)
    contact_phone: str = Part(default="", repr=False)
    contact_mobile: str = Part(default="", repr=False)
    contact_user: str = ""

    sync: bool = True
    confirm_mode: ConfirmMode = ConfirmMode.MANUAL
    auto_max_amount: str = ""
    """Digits; blank: no limit. The same applies to the next."""
    auto_max_quantity: str = ""
    product: bool = True
    order: bool = True
    cs: bool = True
    stock: bool = False
    extend_days: int = 0
    channel: str = ""
    workers: list[str] = Part(default_factory=list)
    cs_workers: list[str] = Part(default_factory=list)
    """CS 담당자; empty: the same people as `workers`."""

    @classmethod
    def of(cls, store: Store, sealer: Sealer) -> Self:
        """Build the form of a stored store, without its secrets."""
        form = cls(
            base=store.updated_at,
            seller_id=store.seller_id,
            store_name=store.name,
            category=store.category,
            memo="" if store.memo is None else sealer.open(store.memo, Place.of(store, "memo")),
            contact_user=store.contact_user_id or "",
            sync=store.sync_on,
            confirm_mode=store.confirm_mode,
            auto_max_amount=str(store.auto_max_amount or ""),
            auto_max_quantity=str(store.auto_max_quantity or ""),
            extend_days=store.extend_days,
            channel=store.channel_id,
            workers=list(store.worker_ids),
            cs_workers=list(store.cs_worker_ids),
            **{group.value: getattr(store, f"{group.value}_on") for group in ApiGroup},
        )
        credentials = stored_credentials(store, sealer)
        if credentials is not None:
            form.vendor_code, form.policy_no = credentials.vendor_id or "", str(credentials.policy_no or "")
        if store.contact is not None:
            contact = sealer.open_as(Contact, store.contact, Place.of(store, "contact"))
            form.contact_name, form.contact_title, form.contact_email = contact.name, contact.title, contact.email
            form.contact_phone, form.contact_mobile = contact.phone, contact.mobile
        return form

    def credentials(self, stored: Credentials | None) -> Credentials:
        """Return the credentials to store: the typed ones, and the stored ones where nothing was typed."""
        known = stored or Credentials(api_key="")
        if not self.vendor_code:
            return Credentials(api_key=self.api_key or known.api_key)
        return Credentials(
            api_key=self.api_key or known.api_key,
            vendor_id=self.vendor_code,
            access_key=self.access_key or known.access_key,
            secret_key=self.secret_key or known.secret_key,
            personal_data_key=self.personal_data_key or known.personal_data_key,
            policy_no=int(self.policy_no) if self.policy_no else None,
        )

    def contact(self) -> Contact:
        """Return the contact to store."""
        return Contact(
            name=self.contact_name,
            title=self.contact_title,
            email=self.contact_email,
            phone=self.contact_phone,
            mobile=self.contact_mobile,
        )

    def fill(self, store: Store, sealer: Sealer) -> None:
        """Copy category, contact user, memo, switches, limits, extension length, order and CS staff into `store`."""
        store.category = self.category
        store.contact_user_id = self.contact_user or None
        store.sync_on = self.sync
        store.auto_max_amount = int(self.auto_max_amount) if self.auto_max_amount else None
        store.auto_max_quantity = int(self.auto_max_quantity) if self.auto_max_quantity else None
        store.extend_days = self.extend_days
        store.worker_ids = list(self.workers)
        store.cs_worker_ids = list(self.cs_workers)
        for group in ApiGroup:
            setattr(store, f"{group.value}_on", getattr(self, group.value))
        store.memo = sealer.seal(self.memo, Place.of(store, "memo")) if self.memo else None
