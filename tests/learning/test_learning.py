"""What is learned where centers note who came is truer about visits than what is learned from clicks, if few who say yes come."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from tests.conftest import NewDatabase, Running
from tests.learning.__main__ import HONEST
from tests.learning.truth import KeepingWord
from tests.learning.whole import EAGER, Arm, Measured, Size, measure

PATIENT = replace(EAGER, base=-1.8, boredom=0.0, refusing=0.05)  # so that a small town has visits enough in every week
FEW_COME = Size(residents=180, per_group=6, weeks=6, fresh=1, room=3, habits=PATIENT, word=KeepingWord(base=-0.4))


async def measured(new_database: NewDatabase, servers: Running, arm: Arm) -> Measured:
    admin_url = await new_database(migrated=True)
    return await measure(admin_url, servers.login_of(urlsplit(admin_url).path[1:]), arm, FEW_COME, seed=3)


async def test_rosters_teach_visits_where_clicks_teach_a_yes(new_database: NewDatabase, servers: Running) -> None:
    clicks = await measured(new_database, servers, Arm(name="clicks", rosters=0.0, speaking=0.0))
    noted = await measured(new_database, servers, Arm(name="rosters", rosters=1.0, speaking=0.0))
    assert clicks.yes > 2 * noted.visit, "a yes and a visit were to differ a lot"
    assert (clicks.promoted, noted.promoted) == (1, 1), (clicks.lessons, noted.lessons)
    assert noted.visits_by["yes_only"] == clicks.visits_by["center"] == 0
    assert noted.calibration.mean_gap < clicks.calibration.mean_gap
    assert abs(noted.calibration.overall) <= HONEST < clicks.calibration.overall
