"""The language of a workspace: its admins choose that of its channel messages and mails, everybody keeps their own."""

from handlers.admin.ids import AdminAction
from tests.flows.world import World
from tmon.audit import AuditLog
from tmon.collection.messages import KindNotOffered
from tmon.models.collection import ORDERS
from tmon.models.stores import Contact, Store
from tmon.outbox import post
from tmon.permissions import Person
from tmon.workspaces.languages import WorkspaceLanguages


async def choose(world: World, user: str, language: str) -> None:
    """Choose a language in `/tmon admin`."""
    await world.slack.click(user, view_id=world.modal(user).id, action_id=AdminAction.LANGUAGE, value=language)
    await world.settle()


async def post_one(world: World, store: Store, key: str) -> str:
    """Post something in the channel of a store; what stands there then."""
    async with world.db.write() as session:
        await post(session, store, KindNotOffered(store=store.id, what=ORDERS), key=key, now=world.clock())
    await world.settle()
    return world.posts(store.channel_id)[-1].text


async def test_an_admin_chooses_the_language_of_channels_and_each_process_follows(world: World) -> None:
    store = await world.add_store()
    assert "티몬" in await post_one(world, store, "one")
    await world.command(world.owner, "admin")
    assert "채널 메시지 언어" in str(world.modal(world.owner).blocks)
    await choose(world, world.owner, "en")
    [menu] = [
        block["accessory"]
        for block in world.modal(world.owner).blocks
        if block.get("accessory", {}).get("action_id") == AdminAction.LANGUAGE
    ]
    assert menu["initial_option"]["value"] == "en"
    assert "채널 메시지 언어" in str(world.modal(world.owner).blocks), "views stay in the person's language"
    assert "TMON" in await post_one(world, store, "two")
    other = await world.second()
    assert await other.bot.services[WorkspaceLanguages].of(store.team_id) == "en"
    assert await other.bot.services[WorkspaceLanguages].of("T_ELSEWHERE") == "ko"
    rows = await world.bot.services[AuditLog].page(store.team_id)
    assert ("workspace.language", world.owner, "en") in [(row.action, row.user_id, row.subject) for row in rows.items]


async def test_who_is_no_admin_chooses_nothing(world: World) -> None:
    owner = world.owner
    await world.command(owner, "admin")
    person = world.slack.people[owner]
    person.is_owner = person.is_admin = False
    await choose(world, owner, "en")
    assert await world.bot.services[WorkspaceLanguages].of(world.slack.team_id) == "ko"


async def test_until_they_choose_it_is_the_language_of_the_settings(world: World) -> None:
    store = await world.add_store()
    world.settings = world.settings.model_copy(update={"language": "en"})
    await world.restart()
    assert "TMON" in await post_one(world, store, "one")
    await world.bot.services[WorkspaceLanguages].choose(Person(store.team_id, world.owner, is_admin=True), "ko")
    assert "티몬" in await post_one(world, store, "two")


async def test_mails_are_in_the_language_of_the_workspace(world: World) -> None:
    contact = Contact(name="박담당", email="contact@example.com", mobile="010-1234-5678")
    store = await world.add_store(contact=contact)
    await world.bot.services[WorkspaceLanguages].choose(Person(store.team_id, world.owner, is_admin=True), "en")
    world.tmon.revoke_key(store.seller_id)
    await world.collect()
    [mail] = world.mail.messages
    assert "key" in mail.subject
    assert 'lang="en"' in mail.html
