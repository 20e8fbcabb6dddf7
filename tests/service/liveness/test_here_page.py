"""The page behind the letter, the center's own pages and the operator's count: who sees what, and that only a press changes anything."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.db import Database
from service.liveness.actions import LINK_LIFE
from service.organizations.model import Role
from tests.service.centers.conftest import enter, token_on
from tests.service.liveness.conftest import DAY, Riverton
from tests.service.liveness.silent import make_dates, make_people, make_silent
from tests.service.mail.neighbors import Date, make_town
from tests.service.visitor import Browser, Hands

STAYS = "If nothing is heard by the end of Monday, November 30, our weekly letters stop inviting people to it."
GONE = "Our weekly letters do not invite people to it any more."
NONCE = re.compile(r'nonce="[^"]*"')
ALL_WELL = "Thank you. There is nothing left to ask you."


@pytest.fixture
async def silent(riverton: Riverton) -> Date:
    """Its center was just asked."""
    date = await make_silent(riverton.admin, riverton.town, now=riverton.now)
    await make_dates(riverton.admin, date, [riverton.now + 20 * DAY])
    assert (await riverton.look()).warned == 1
    return date


async def past(riverton: Riverton, hands: Hands, days: int) -> None:
    """So many days, with the worker's looks."""
    for _ in range(days):
        hands.pass_by(DAY)
        await riverton.look(hands.now - riverton.now)


async def test_one_press_behind_the_letter_keeps_the_activity(visitor: Browser, hands: Hands, riverton: Riverton, silent: Date) -> None:
    path, before = await riverton.link(), await riverton.rows()
    page = (await visitor.get(path)).text
    assert "Old quilts" in page
    assert STAYS in page
    assert await riverton.rows() == before
    answer = await visitor.post(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert ALL_WELL in (await visitor.get(path)).text
    await past(riverton, hands, 10)
    assert silent.activity_id in await riverton.offered(10 * DAY)
    assert len(await riverton.letters()) == 2


async def test_one_press_brings_back_what_has_left(visitor: Browser, hands: Hands, riverton: Riverton, silent: Date) -> None:
    path = await riverton.link("owner")
    await past(riverton, hands, 8)
    assert silent.activity_id not in await riverton.offered(8 * DAY)
    assert GONE in (await visitor.get(path)).text
    for _ in range(2):
        assert (await visitor.post(path, follow_redirects=False)).status_code == 303
        assert silent.activity_id in await riverton.offered(8 * DAY)
    await past(riverton, hands, 1)
    assert silent.activity_id in await riverton.offered(9 * DAY)


async def test_a_press_holds_for_ten_weeks_and_then_the_center_is_asked_again(riverton: Riverton, silent: Date, visitor: Browser) -> None:
    await visitor.post(await riverton.link())
    people = [row["id"] for row in await riverton.admin.fetch("SELECT id FROM resident ORDER BY id")]
    later = riverton.now + 70 * DAY
    await make_silent(riverton.admin, riverton.town, now=later, slug="decoy", people=people)
    await riverton.admin.execute("UPDATE session SET activity_id = $1, original_local = original_local + interval '1 minute'"
                                 " WHERE activity_id <> $1", silent.activity_id)  # fmt: skip
    assert (await riverton.look(70 * DAY - timedelta(minutes=1))).warned == 0
    assert (await riverton.look(70 * DAY + timedelta(minutes=1))).warned == 1


async def test_each_of_several_has_its_own_button(visitor: Browser, riverton: Riverton) -> None:
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    dates = [await make_silent(riverton.admin, riverton.town, now=riverton.now, slug=slug, people=people) for slug in ("quilts", "chess")]
    await riverton.look()
    path = await riverton.link()
    page = (await visitor.get(path)).text
    assert all(f'name="activity" value="{date.activity_id}"' in page for date in dates)
    await visitor.post(path, data={"activity": str(dates[0].activity_id)})
    left_of = {row["activity_id"]: row["warned_at"] for row in await riverton.rows()}
    assert left_of[dates[0].activity_id] is None
    assert left_of[dates[1].activity_id] is not None
    for stranger in (str(uuid4()), "no id at all"):
        await visitor.post(path, data={"activity": stranger})
    assert {row["activity_id"]: row["warned_at"] for row in await riverton.rows()} == left_of


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE staff SET role = 'host' WHERE id = $1", 404),
        ("UPDATE staff SET removed_at = created_at WHERE id = $1", 404),
        ("UPDATE organization SET closed_at = created_at WHERE id = (SELECT organization_id FROM staff WHERE id = $1)", 404),
    ],
)
async def test_the_link_of_somebody_who_may_not_answer_any_more_does_nothing(
    visitor: Browser, riverton: Riverton, silent: Date, change: str, status: int
) -> None:
    path, before = await riverton.link(), await riverton.rows()
    await riverton.admin.execute(change, riverton.staff["staff"])
    assert (await visitor.get(path)).status_code == status
    assert (await visitor.post(path)).status_code == status
    assert await riverton.rows() == before


async def test_an_old_link_explains_itself(visitor: Browser, hands: Hands, riverton: Riverton, silent: Date) -> None:
    path, before = await riverton.link(), await riverton.rows()
    hands.pass_by(LINK_LIFE)
    assert (await visitor.get(path)).status_code == (await visitor.post(path)).status_code == 410
    assert await riverton.rows() == before


# The center's own pages.


async def test_the_centers_pages_say_it_and_have_the_button(
    visitor: Browser, db: Database, hands: Hands, riverton: Riverton, silent: Date
) -> None:
    path = f"/center/riverton-center/activities/{silent.activity_id}"
    await enter(visitor, db, now=hands.now)
    assert STAYS in (await visitor.get(path)).text
    assert STAYS in (await visitor.get("/center/riverton-center/")).text
    await past(riverton, hands, 8)
    await enter(visitor, db, now=hands.now)
    for page in (path, "/center/riverton-center/"):
        assert GONE in (await visitor.get(page)).text
    token = await token_on(visitor, path)
    assert (await visitor.post(f"{path}/here", data={"form_token": "forged"})).status_code == 422
    assert silent.activity_id not in await riverton.offered(8 * DAY)
    page = (await visitor.post(f"{path}/here", data={"form_token": token})).text
    assert "Thank you. Our weekly letters invite people to it." in page
    assert GONE not in page
    assert silent.activity_id in await riverton.offered(8 * DAY)


@pytest.mark.parametrize(("center", "role", "status"), [("riverton-center", "host", 403), ("hillside-center", "owner", 404)])
async def test_hosts_and_other_centers_have_no_such_press(
    visitor: Browser, db: Database, hands: Hands, riverton: Riverton, silent: Date, center: str, role: Role, status: int
) -> None:
    await make_town(riverton.admin, now=riverton.now, slug="hillside")
    await enter(visitor, db, center=center, role=role, now=hands.now)
    page = f"/center/{center}/activities/{silent.activity_id}"
    shown = (await visitor.get(page)).text
    assert f"{silent.activity_id}/here" not in shown
    assert (STAYS in shown) is (center == "riverton-center")
    token = await token_on(visitor, "/center/hillside-center/activities/new") if role == "owner" else ""
    before = await riverton.rows()
    assert (await visitor.post(f"{page}/here", data={"form_token": token})).status_code == status
    assert await riverton.rows() == before


# What nobody else sees.


async def rows_seen(db: Database, **who: UUID) -> tuple[int, int]:
    """Rows that a transaction of these reads, and rows that it can change."""
    async with db.transaction(**who) as conn:  # type: ignore[arg-type]
        seen = await conn.fetchval("SELECT count(*) FROM activity_silence")
        changed = await conn.execute("UPDATE activity_silence SET kept_at = kept_at")
        return seen, int(changed.split()[-1])


async def test_only_the_center_sees_that_it_was_asked_and_changes_it(riverton: Riverton, db: Database, silent: Date) -> None:
    other = await make_town(riverton.admin, now=riverton.now, slug="hillside")
    assert await rows_seen(db) == await rows_seen(db, organization_id=other.center_id) == (0, 0)
    assert await rows_seen(db, organization_id=riverton.town.center_id) == (1, 1)
    await riverton.look(8 * DAY)
    assert await rows_seen(db) == await rows_seen(db, organization_id=other.center_id) == (1, 0)


async def test_no_public_page_says_anything_of_it(visitor: Browser, hands: Hands, riverton: Riverton, silent: Date) -> None:
    pages = ("/activities/old-quilts", f"/sessions/{silent.id}", "/")
    before = [NONCE.sub("", (await visitor.get(page)).text) for page in pages]
    assert (await riverton.look(8 * DAY)).left == 1
    assert [NONCE.sub("", (await visitor.get(page)).text) for page in pages] == before
    assert all("Old quilts" in text for text in before[:2])


async def test_operators_see_how_many_and_nobody_else_does(
    admin: asyncpg.Connection, visitor: Browser, db: Database, hands: Hands, riverton: Riverton, silent: Date
) -> None:
    await admin.execute(
        "INSERT INTO organization (kind, slug, name, region_id, postal_address, zip, lat, lon, zone, created_at)"
        " SELECT 'operator', 'riverton-operator', 'Riverton Neighbors', id, '3 Mill Street', '10001', lat, lon, zone, $1 FROM region",
        riverton.now,
    )  # fmt: skip
    for days, (asked, gone) in ((0, (1, 0)), (8, (0, 1))):
        await past(riverton, hands, days)
        await enter(visitor, db, center="riverton-operator", role="operator", now=hands.now)
        page = (await visitor.get("/operator/riverton-operator/")).text
        assert f"<dt>Activities whose center was asked whether it is still there</dt><dd>{asked}</dd>" in page
        assert f"<dt>Activities that left the weekly letters, as nobody was heard of</dt><dd>{gone}</dd>" in page
    async with db.transaction(organization_id=riverton.town.center_id) as conn:
        assert await conn.fetch("SELECT * FROM silence_counts()") == []
