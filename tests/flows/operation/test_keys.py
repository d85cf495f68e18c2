"""The encryption key is changed in three steps while people work: every process can open what every other one has sealed."""

from sqlalchemy import func, select
from sqlmodel import col

from bot.keys import new_key, samples
from tests.flows.operation.deployment import Deployment
from tmon.models.orders import Order
from tmon.sealing import Sealer


async def test_the_key_is_changed_in_three_steps_under_load(deployment: Deployment) -> None:
    (old,), new = deployment.settings.fernet_keys(), new_key()
    deployment.start("worker")
    deployment.start("web")
    await deployment.ready()
    async with deployment.under_load():
        await deployment.collected(4)
        await change(deployment, f"{old},{new}")
        assert (await deployment.doctor())["processes"].startswith("warn"), "the command has other keys"
        await change(deployment, f"{new},{old}")
        code, said = await deployment.run("keys", "rotate", ENCRYPTION_KEYS=f"{new},{old}")
        assert (code, said.splitlines()[-1]) == (0, "everything is encrypted with the first key")
        await change(deployment, new)
        await deployment.collected(4)
    await deployment.at_rest()
    assert await deployment.is_doubled() == []
    tried = await samples(deployment.db, Sealer([new]))
    assert sum(one.looked for one in tried) > 0
    assert not any(one.locked or one.moved or one.old for one in tried)
    async with deployment.db.read() as session:
        assert await session.scalar(select(func.count()).where(col(Order.buyer).is_not(None)))
    assert "CannotOpen" not in deployment.logs()
    assert all(code == 0 for one in deployment.members for code in one.codes)


async def change(deployment: Deployment, keys: str) -> None:
    """Starts one process after the other with these keys; meanwhile the others work with those of before."""
    for one in deployment.members:
        await one.restart(ENCRYPTION_KEYS=keys)
        await deployment.ready()
