"""What is learned where centers note who came is truer about visits than what is learned from clicks, if few who say yes come."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.conftest import NewDatabase, Running
from tests.learning.truth import KeepingWord
from tests.learning.whole import EAGER, Arm, Measured, Size, measure

FEW_COME = Size(residents=120, per_group=10, weeks=6, fresh=1, habits=EAGER, word=KeepingWord(base=-1.0))


async def measured(new_database: NewDatabase, servers: Running, arm: Arm) -> Measured:
    admin_url = await new_database(migrated=True)
    return await measure(admin_url, servers.login_of(urlsplit(admin_url).path[1:]), arm, FEW_COME, seed=3)


async def test_rosters_teach_visits_where_clicks_teach_a_yes(new_database: NewDatabase, servers: Running) -> None:
    clicks = await measured(new_database, servers, Arm(name="clicks", rosters=0.0, speaking=0.0))
    noted = await measured(new_database, servers, Arm(name="rosters", rosters=1.0, speaking=0.0))
    assert clicks.yes > 2 * noted.visit, "a yes and a visit were to differ a lot"
    assert (clicks.promoted, noted.promoted) == (1, 1), "nothing was learned"
    assert noted.visits_by["yes_only"] == clicks.visits_by["center"] == 0
    assert noted.calibration.mean_gap < clicks.calibration.mean_gap
    assert abs(noted.calibration.overall) <= 2.0, "percentage points"
