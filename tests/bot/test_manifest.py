"""The manifest: valid for Slack, with every command, event and scope that the code uses, and none to spare."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot import manifest as source
from handlers.features import FEATURES, complete, subcommands
from handlers.subcommands import COMMAND
from tests.manifest_yml import MANIFEST_YML, manifest_yml

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests" / "data" / "slack" / "manifest.schema.2.0.0.json"
SCOPES = {
    "api.test": None,
    "apps.connections.open": None,  # needs the app token's own scope
    "auth.revoke": None,
    "auth.test": None,
    "blocks.validate": None,
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.getPermalink": None,
    "chat.update": "chat:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "files.getUploadURLExternal": "files:write",
    "files.info": "files:read",
    "files.upload.v2": "files:write",  # of the SDK: files.getUploadURLExternal and files.completeUploadExternal
    "oauth.v2.access": None,  # needs the app's own secret
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "views.open": None,
    "views.publish": None,
    "views.push": None,
    "views.update": None,
}
"""The bot scope that each method of the Web API needs (docs.slack.dev, "Web API methods")."""
METHODS = {
    name: name.replace("_", ".")
    for name, value in inspect.getmembers(AsyncWebClient)
    if inspect.iscoroutinefunction(value) and "_" in name.strip("_") and name != "api_call"
}
"""Methods of the client, with their names at Slack; those that it does not know are called by `api_call`."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """The manifest as Slack reads it from the file."""
    read: dict[str, Any] = yaml.safe_load(MANIFEST_YML.read_text(encoding="utf-8"))
    return read


def trees() -> Iterator[ast.Module]:
    """The code that speaks to Slack; the playground is the other side."""
    for folder in ("bot", "handlers"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "playground" not in file.relative_to(ROOT).parts:
                yield ast.parse(file.read_text())


def used_methods() -> set[str]:
    """Methods of the Web API that the code names, as an attribute of the client or in a string for `api_call`."""
    by_name = {*METHODS.values(), *SCOPES}
    found = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                found.add(METHODS[node.attr])
            elif isinstance(node, ast.Constant) and node.value in by_name:
                found.add(str(node.value))
    return found


def registered(kind: str) -> list[ast.Call]:
    """Calls such as `app.event(…)` with a name."""
    return [
        node
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == kind
        and ast.unparse(node.func.value).endswith(("app", "_app", "guard"))
    ]


def test_the_file_is_generated_from_the_source() -> None:
    assert MANIFEST_YML.read_text(encoding="utf-8") == manifest_yml(), "make manifest"


def test_the_file_says_what_the_source_says(manifest: dict[str, Any]) -> None:
    assert manifest == source.manifest()


def test_it_keeps_slacks_schema(manifest: dict[str, Any]) -> None:
    jsonschema.validate(manifest, json.loads(SCHEMA.read_text()))


def test_the_table_holds_the_methods_that_the_code_uses() -> None:
    assert used_methods() == SCOPES.keys()


def test_scopes_are_those_that_the_code_needs_and_no_more(manifest: dict[str, Any]) -> None:
    needed = {SCOPES[method] for method in used_methods()} - {None}
    if registered("command"):
        needed.add("commands")
    assert sorted(manifest["oauth_config"]["scopes"]["bot"]) == sorted(filter(None, needed))
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_commands_are_those_that_the_code_listens_to(manifest: dict[str, Any]) -> None:
    named = {ast.unparse(call.args[0]) for call in registered("command")} - {"_ANY"}
    assert named == {"COMMAND"}
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == COMMAND


def test_every_word_of_the_usage_hint_is_understood(manifest: dict[str, Any]) -> None:
    known = {name for word in subcommands(complete(FEATURES)) for name in (word.english, *word.korean)}
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]
    assert {re.split(r"\s", part.strip())[0] for part in hint.split("|")} <= known


def test_events_are_those_that_the_code_listens_to(manifest: dict[str, Any]) -> None:
    listened = {name for feature in complete(FEATURES) for name in feature.events}
    assert listened == set(manifest["settings"].get("event_subscriptions", {}).get("bot_events", []))


def test_it_is_an_app_for_one_workspace_on_a_socket(manifest: dict[str, Any]) -> None:
    settings = manifest["settings"]
    assert settings["socket_mode_enabled"]
    assert settings["interactivity"] == {"is_enabled": True}
    assert not settings["org_deploy_enabled"]
    home = manifest["features"]["app_home"]
    assert home["home_tab_enabled"]
    assert (home["messages_tab_enabled"], home["messages_tab_read_only_enabled"]) == (True, True)


URL = "https://bot.example.com/tmon"


def test_the_public_one_keeps_slacks_schema() -> None:
    for url in (URL, f"{URL}/", "https://bot.example.com", "http://127.0.0.1:8080"):
        jsonschema.validate(source.manifest(url), json.loads(SCHEMA.read_text()))


def test_the_public_one_is_an_app_over_http_that_workspaces_install() -> None:
    document = source.manifest(f"{URL}/")
    settings = document["settings"]
    events = f"{URL}/slack/events"
    assert not settings["socket_mode_enabled"]
    assert not settings["org_deploy_enabled"]
    assert [command["url"] for command in document["features"]["slash_commands"]] == [events]
    assert settings["event_subscriptions"]["request_url"] == events
    assert settings["interactivity"] == {
        "is_enabled": True,
        "request_url": events,
        "message_menu_options_url": events,  # menus whose options the app searches stay empty without it
    }
    assert document["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    assert {"app_uninstalled", "tokens_revoked"} <= set(settings["event_subscriptions"]["bot_events"])


def test_both_say_the_same_of_everything_else() -> None:
    own, public = source.manifest(), source.manifest(URL)
    assert own["oauth_config"]["scopes"] == public["oauth_config"]["scopes"]
    assert own["display_information"] == public["display_information"]
    for document in (own, public):
        del document["settings"], document["oauth_config"], document["features"]["slash_commands"]
    assert own == public


@pytest.mark.parametrize(
    "url",
    [
        "http://bot.example.com",
        "bot.example.com",
        "https://",
        "ftp://bot.example.com",
        "https://u:p@bot.example.com",
        "https://bot.example.com/?a=1",
        "https://bot.example.com/#a",
        "http://[",
        "",
    ],
)
def test_an_address_that_slack_does_not_reach_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        source.manifest(url)
