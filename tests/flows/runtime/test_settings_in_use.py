"""What the settings say is what the services work by."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from tests.flows.reports.reporting import tick
from tests.flows.world import World, at
from tmon.core import Options


async def test_intervals_and_times_of_day_are_those_of_the_settings(world: World) -> None:
    world.settings = world.settings.model_copy(
        update={
            "tz_name": "Asia/Tokyo",
            "collect_orders_seconds": 1,
            "collect_claims_seconds": 2,
            "collect_cs_seconds": 3,
            "collect_reviews_seconds": 4,
            "stock_sync_seconds": 5,
            "extend_period_at": time(1),
            "settlement_at": time(2),
            "daily_report_at": time(4),
            "personal_data_days": 6,
            "shipping_file_minutes": 7,
        }
    )
    await world.restart()
    assert world.bot.services.core.options == Options(
        zone=ZoneInfo("Asia/Tokyo"),
        collect_orders=timedelta(seconds=1),
        collect_claims=timedelta(seconds=2),
        collect_cs=timedelta(seconds=3),
        collect_reviews=timedelta(seconds=4),
        stock_sync=timedelta(seconds=5),
        extend_period_at=time(1),
        settlement_at=time(2),
        daily_report_at=time(4),
        personal_data_days=6,
        shipping_file=timedelta(minutes=7),
    )
    await world.add_store()
    assert await tick(world) == []
    world.clock.set(at(3, 59, day=11))
    assert await tick(world) == []
    world.clock.set(at(4, day=11))
    assert len(await tick(world)) == 1
