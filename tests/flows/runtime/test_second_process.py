"""One process per database: a second `tmon-bot run` does not start, and what killed the first does not keep out the next."""

from tests.flows.process import Outside
from tests.flows.world import until

RUN = ("-m", "bot.cli", "run")


async def test_a_second_process_does_not_start(outside: Outside) -> None:
    outside.child = await outside.start(*RUN)
    assert outside.child.returncode is None, outside.log()
    outside.watch()
    second = await outside.start(*RUN)
    assert second.returncode == 1
    assert "another process works on this database" in outside.log()
    assert outside.calls == [], "it spoke to nobody"
    assert outside.slack.sockets.connected == 1

    await outside.kill()
    await until(lambda: not outside.slack.connected)
    outside.child = await outside.start(*RUN)
    assert outside.child.returncode is None, outside.log()
    assert await outside.terminate() == 0
    again = outside.child = await outside.start(*RUN)
    assert again.returncode is None, outside.log()
