"""The Slack app's manifest (docs.slack.dev, "App manifest reference"); `manifest.yml` is generated from it."""

import json
from typing import Any
from urllib.parse import urlencode

from bot.settings import checked_public_url

EVENTS = "/slack/events"
"""Path of Slack's requests."""
REDIRECT = "/slack/oauth_redirect"
"""Path to which Slack sends people back who have installed the app."""
INSTALLATION_EVENTS = ("app_uninstalled", "tokens_revoked")
"""Events of an app that workspaces install."""
BOT_SCOPES = ("commands", "chat:write", "users:read", "users:read.email", "files:read", "files:write")
"""Scopes of the bot token: exactly those that the Web API methods in use need."""

_LONG_DESCRIPTION = (
    "티몬(TMON) 판매자를 위한 앱입니다. /tmon setup 으로 스토어를 등록하면 새 주문이 지정한 채널로 들어오고, 버튼 한 번으로 발주확인할 수 "
    "있습니다. 주문 수집이 멈추거나 API 인증 Key가 거절되면 담당자에게 바로 알려 드립니다. 메시지에는 구매자의 전화번호, 주소, 이메일이 "
    "들어가지 않습니다. A Slack app for sellers on TMON: orders, confirmation and incidents."
)
_USAGE_HINT = "설정 | 스토어 | 상태 | 주문 | 문의 | 송장 | 수집 | 연동 켜기·끄기 | 상품 | 재고 | 템플릿 | 장애 | 관리 | 가이드 | 도움말"


def manifest(public_url: str | None = None) -> dict[str, Any]:
    """Return the manifest, as a fresh JSON-like dict: over Socket Mode, or over HTTP for an app at `public_url`.

    Raises ValueError if Slack does not send requests to that address.
    """
    document = _over_socket_mode()
    if public_url is not None:
        _over_http(document, checked_public_url(public_url))
    return document


def new_app_link(public_url: str | None = None) -> str:
    """Address of Slack's page for a new app, filled in with the manifest (docs.slack.dev, "Create and configure apps with
    manifests").
    """
    document = json.dumps(manifest(public_url), ensure_ascii=False, separators=(",", ":"))
    return f"https://api.slack.com/apps?{urlencode({'new_app': 1, 'manifest_json': document})}"


def _over_http(document: dict[str, Any], root: str) -> None:
    """Change the manifest of Socket Mode into that of an app that workspaces install from `root`."""
    events, settings = f"{root}{EVENTS}", document["settings"]
    for command in document["features"]["slash_commands"]:
        command["url"] = events
    document["oauth_config"]["redirect_urls"] = [f"{root}{REDIRECT}"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {
        "request_url": events,
        "bot_events": [*settings["event_subscriptions"]["bot_events"], *INSTALLATION_EVENTS],
    }
    # menus that are searched on our side have an address of their own, which Socket Mode does not need
    settings["interactivity"] |= {"request_url": events, "message_menu_options_url": events}


def _over_socket_mode() -> dict[str, Any]:
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "티몬 주문봇",
            "description": "티몬 스토어의 주문을 Slack에서 확인하고 발주확인합니다.",
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#2c3e50",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "티몬 주문봇", "always_online": True},
            "slash_commands": [
                {
                    "command": "/tmon",
                    "description": "티몬 스토어 설정, 주문 확인, 연동 상태",
                    "usage_hint": _USAGE_HINT,
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
