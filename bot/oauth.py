"""Installation from a browser: `/slack/install` leads to Slack, `/slack/oauth_redirect` is where Slack leads back to.

Slack's own way in (Marketplace, "direct install") arrives at `/slack/install`, too, so it asks nothing and redirects at once.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from slack_sdk.errors import SlackApiError
from sqlalchemy import delete, insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col
from yarl import URL

from bot.installations import Grant, Installations
from bot.manifest import BOT_SCOPES, REDIRECT
from handlers.permissions import SLACK_ERRORS
from handlers.slack_codes import code_of
from handlers.texts import LANGUAGES, Texts
from handlers.workspaces.pages import PAGE_HEADERS, Page, draw_page
from tmon.database import utc
from tmon.models.workspaces import OAuthState
from tmon.workspaces.service import Arrival

log = structlog.stdlib.get_logger(__name__)

INSTALL = "/slack/install"
COOKIE = "tmon-bot-install"
STATE_LIFE = timedelta(minutes=10)
"""As long as Slack's codes live (docs.slack.dev, "Installing with OAuth")."""
_SECRET_BYTES = 32
_COOKIE_LENGTH = 43
"""Of `_SECRET_BYTES` in base64."""


@dataclass(frozen=True)
class SlackApp:
    """The Slack app of this deployment, which workspaces install."""

    client_id: str
    client_secret: str = field(repr=False)
    api_url: str
    """Of the Web API, without a trailing slash."""
    public_url: str
    """Where browsers and Slack reach this deployment, without a trailing slash."""

    @property
    def install_url(self) -> str:
        """Where an installation begins."""
        return f"{self.public_url}{INSTALL}"

    @property
    def redirect_url(self) -> str:
        """Where Slack leads back to; it stands in the manifest."""
        return f"{self.public_url}{REDIRECT}"

    @property
    def slack_url(self) -> URL:
        """Slack's own pages."""
        return URL(self.api_url).origin()


class OrgWide(Exception):
    """The app was installed for all workspaces of an organization at once."""


class Malformed(Exception):
    """Slack's answer lacks what every installation has."""


class OAuth:
    """The two pages of an installation."""

    def __init__(
        self, installations: Installations, app: SlackApp, texts: Callable[[str], Texts], language: str
    ) -> None:
        """`language`: of pages for browsers that ask for none of ours."""
        self._installations = installations
        self._db = installations.core.db
        self.app = app
        self._texts, self._language = texts, language

    async def begin(self, request: web.Request) -> web.Response:
        """Redirect to Slack's page, with a state that counts once, for ten minutes, in this browser."""
        return await self._unless_down(request, self._begin)

    async def finish(self, request: web.Request) -> web.Response:
        """Exchange the code that Slack sends for a token, store it, and say how it ended."""
        return await self._unless_down(request, self._finish)

    async def _unless_down(
        self, request: web.Request, serve: Callable[[web.Request], Awaitable[web.Response]]
    ) -> web.Response:
        """Serve a page; one that says so if the database does not answer."""
        try:
            return await serve(request)
        except (SQLAlchemyError, OSError) as error:
            log.error("an installation was not stored", error=type(error).__name__)
            return self._page(
                self._texts(self._page_language(request)), Page.NOT_STORED, HTTPStatus.SERVICE_UNAVAILABLE
            )

    async def _begin(self, request: web.Request) -> web.Response:
        state = secrets.token_urlsafe(_SECRET_BYTES)
        cookie = request.cookies.get(COOKIE, "")  # kept, so that two tabs do not disturb each other
        if len(cookie) != _COOKIE_LENGTH:
            cookie = secrets.token_urlsafe(_SECRET_BYTES)
        async with self._db.write() as session:
            await session.execute(
                insert(OAuthState).values(
                    state_hash=_hash(state), cookie_hash=_hash(cookie), expires_at=self._db.now(STATE_LIFE)
                )
            )
        page = self.app.slack_url.with_path("/oauth/v2/authorize").with_query(
            client_id=self.app.client_id,
            scope=",".join(BOT_SCOPES),
            user_scope="",
            redirect_uri=self.app.redirect_url,
            state=state,
        )
        response = web.Response(status=HTTPStatus.FOUND, headers={**PAGE_HEADERS, "Location": str(page)})
        response.set_cookie(COOKIE, cookie, max_age=int(STATE_LIFE.total_seconds()), **self._cookie())
        return response

    async def _finish(self, request: web.Request) -> web.Response:
        t = self._texts(self._page_language(request))
        query = request.query
        if not await self._use(query.get("state", ""), request.cookies.get(COOKIE, "")):
            return self._page(t, Page.STATE, HTTPStatus.BAD_REQUEST)
        if query.get("error"):
            return self._page(t, Page.CANCELLED, HTTPStatus.OK)
        try:
            grant = await self._exchange(query.get("code", ""))
        except OrgWide:
            return self._page(t, Page.ORG, HTTPStatus.FORBIDDEN)
        except SlackApiError as error:
            log.warning("Slack refused an installation", error=code_of(error))
            return self._page(t, Page.REFUSED, HTTPStatus.BAD_REQUEST, code=code_of(error))
        except Malformed:
            log.error("an answer of Slack to an installation is not one")
            return self._page(t, Page.REFUSED, HTTPStatus.BAD_GATEWAY, code="malformed")
        except SLACK_ERRORS as error:
            log.warning("Slack did not answer an installation", error=type(error).__name__)
            return self._page(t, Page.UNREACHABLE, HTTPStatus.BAD_GATEWAY)
        await self._installations.store(grant)
        slack = self.app.slack_url.with_path("/app_redirect").with_query(app=grant.app_id, team=grant.arrival.team_id)
        page = draw_page(t, Page.INSTALLED, link=(t("workspaces.open_slack"), str(slack)), name=grant.arrival.name)
        return web.Response(text=page, content_type="text/html", headers=PAGE_HEADERS)

    async def forget_unfinished(self) -> None:
        """Delete the states that nobody came back with."""
        async with self._db.write() as session:
            await session.execute(delete(OAuthState).where(col(OAuthState.expires_at) <= self._db.now()))

    async def _use(self, state: str, cookie: str) -> bool:
        """Return whether this browser began an installation with this state, which counts no second time."""
        async with self._db.write() as session:
            used = await session.scalar(
                delete(OAuthState)
                .where(
                    col(OAuthState.state_hash) == _hash(state),
                    col(OAuthState.cookie_hash) == _hash(cookie),
                    col(OAuthState.expires_at) > self._db.now(),
                )
                .returning(col(OAuthState.state_hash)),
                execution_options={"synchronize_session": False},
            )
        return used is not None

    async def _exchange(self, code: str) -> Grant:
        answer = await self._installations.client(None).oauth_v2_access(
            client_id=self.app.client_id,
            client_secret=self.app.client_secret,
            code=code,
            redirect_uri=self.app.redirect_url,
        )
        data: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
        try:
            return read_grant(data, _date(answer.headers) or self._installations.core.clock())
        except OrgWide:
            if token := data.get("access_token"):
                await self._installations.revoke(str(token))
            raise

    def _page(self, t: Texts, page: Page, status: HTTPStatus, **values: str) -> web.Response:
        text = draw_page(t, page, link=(t("workspaces.install_again"), self.app.install_url), **values)
        return web.Response(text=text, status=status, content_type="text/html", headers=PAGE_HEADERS)

    def _cookie(self) -> dict[str, Any]:
        """Return the attributes of the cookie. Slack's redirect is a link from another site, so it cannot be `Strict`."""
        url = URL(self.app.public_url)
        return {
            "path": f"{url.path.rstrip('/')}/slack",
            "secure": url.scheme == "https",
            "httponly": True,
            "samesite": "Lax",
        }

    def _page_language(self, request: web.Request) -> str:
        for part in request.headers.get("Accept-Language", "").split(","):
            if (language := part.strip()[:2].lower()) in LANGUAGES:
                return language
        return self._language


def routes(oauth: OAuth) -> list[web.RouteDef]:
    """Return the routes of the two pages."""
    return [web.get(INSTALL, oauth.begin, allow_head=False), web.get(REDIRECT, oauth.finish, allow_head=False)]


def read_grant(answer: Mapping[str, Any], now: datetime) -> Grant:
    """Read an answer of `oauth.v2.access`. Raises OrgWide, or Malformed if it is no installation in a workspace."""
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    if answer.get("is_enterprise_install") or (enterprise and not team):
        raise OrgWide
    token, bot_user = answer.get("access_token"), answer.get("bot_user_id")
    if not (team.get("id") and token and bot_user) or answer.get("token_type") != "bot":
        raise Malformed
    return Grant(
        arrival=Arrival(
            team_id=str(team["id"]),
            name=str(team.get("name") or team["id"]),
            installed_at=now,
            enterprise_id=enterprise.get("id"),
            installed_by=str((answer.get("authed_user") or {}).get("id") or "system"),
        ),
        bot_user_id=str(bot_user),
        bot_token=str(token),
        app_id=str(answer.get("app_id") or ""),
        scopes=str(answer.get("scope") or ""),
        refresh_token=answer.get("refresh_token"),
        expires_in=lifetime(answer),
    )


def lifetime(answer: Mapping[str, Any]) -> timedelta | None:
    """Return how long the token of an answer works; None: it does not expire."""
    seconds = answer.get("expires_in")
    return None if seconds is None else timedelta(seconds=int(seconds))


def _date(headers: Mapping[str, str]) -> datetime | None:
    """Return Slack's time of an answer: its events bear the same clock."""
    value = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        return utc(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None


def _hash(value: str) -> str:
    return sha256(value.encode()).hexdigest()
