"""A seller's client without any cleverness: httpx and the headers of chapter 2.3."""

import base64
from datetime import datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from bot.playground.tmon import DEMO_VENDOR, OrderedDeal, Sandbox
from tmon.clock import KST

HANBIT, SODAM = "hanbit_living", "sodam_market"


def on_wire(moment: datetime) -> str:
    """As queries bear it: Korea time with seconds, no offset."""
    return moment.astimezone(KST).strftime("%Y-%m-%dT%H:%M:%S")


def decrypt(text: str, key: str = DEMO_VENDOR.personal_data_key) -> str:
    """Undoes chapter 14."""
    decryptor = Cipher(algorithms.AES(key.encode()), modes.ECB()).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def confirmation(deal: OrderedDeal) -> dict[str, Any]:
    """The body that confirms `deal` as it is now."""
    options = [{"tmonDealOptionNo": option.option_no, "qty": option.qty} for option in deal.open_options]
    return {"tmonDealNo": deal.deal_no, "tmonDealOptions": options}


class Caller:
    """Calls the sandbox as a partner."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http
        self.token = ""

    async def fetch_token(self) -> str:
        """Asks for a token and keeps it."""
        answer = await self.http.post(
            "/oauth/token",
            auth=(DEMO_VENDOR.client_id, DEMO_VENDOR.client_secret),
            data={"grant_type": "client_credentials"},
        )
        self.token = answer.json()["access_token"]
        return self.token

    def headers(self, partner_id: str = HANBIT) -> dict[str, str]:
        """The headers of an API call."""
        return {
            "Authorization": f"Bearer {self.token}",
            "X-Partner-Id": partner_id,
            "X-Partner-Token": self.sandbox.partners[partner_id].token,
        }

    async def get(self, path: str, partner_id: str = HANBIT, **query: object) -> httpx.Response:
        """GET below the vendor's path."""
        params = {name: str(value) for name, value in query.items()}
        return await self.http.get(f"/api/SAMPLEVENDOR{path}", params=params, headers=self.headers(partner_id))

    async def put(self, path: str, body: object, partner_id: str = HANBIT) -> httpx.Response:
        """PUT of a JSON body below the vendor's path."""
        return await self.http.put(f"/api/SAMPLEVENDOR{path}", json=body, headers=self.headers(partner_id))

    async def post(self, path: str, body: object, partner_id: str = HANBIT) -> httpx.Response:
        """POST of a JSON body below the vendor's path."""
        return await self.http.post(f"/api/SAMPLEVENDOR{path}", json=body, headers=self.headers(partner_id))

    async def command(self, path: str, partner_id: str = HANBIT) -> httpx.Response:
        """PUT without a body below the vendor's path."""
        return await self.http.put(f"/api/SAMPLEVENDOR{path}", headers=self.headers(partner_id))

    async def list_orders(
        self,
        status: str = "D1",
        partner_id: str = HANBIT,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """`GET /orders`, of the last three days unless told."""
        now = self.sandbox.clock()
        answer = await self.get(
            "/orders",
            partner_id,
            startDate=on_wire(start or now - timedelta(days=3)),
            endDate=on_wire(end or now - timedelta(minutes=30)),
            deliveryStatus=status,
        )
        assert answer.status_code == 200, answer.text
        orders: list[dict[str, Any]] = answer.json()
        return orders
