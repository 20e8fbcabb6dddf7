"""A host without an account: one link, one date, the roster of that date and nothing else of the center."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.centers import host_links
from service.db import Database
from service.tokens import NOBODY, Purpose, Tokens
from tests.service.centers.arrivals import Neighborhood
from tests.service.centers.conftest import enter, token_on
from tests.service.mail.neighbors import SECRET, Date, Town, make_session
from tests.service.visitor import HOME, Browser, Hands

BASE = "/center/riverton-center"
LINK = re.compile(r'<code dir="ltr">([^<]+/host/[^<]+)</code>')
MARIA = "Maria Lopez"


def roster_page(date: Date) -> str:
    return f"{BASE}/dates/{date.id}/roster"


def link_page(date: Date) -> str:
    return f"{BASE}/dates/{date.id}/host-link"


async def change(staff: Browser, date: Date, do: str) -> int:
    """Press a button of the link's page; the status."""
    token = await token_on(staff, link_page(date))
    return (await staff.post(link_page(date), data={"form_token": token, "do": do}, follow_redirects=False)).status_code


async def shown_link(staff: Browser, date: Date) -> str:
    """The path of the link on its page, or ""."""
    shown = LINK.search((await staff.get(link_page(date))).text)
    return unescape(shown[1]).removeprefix(HOME) if shown else ""


async def link_of(staff: Browser, date: Date) -> str:
    assert await change(staff, date, "make") == 303
    return await shown_link(staff, date)


async def as_host(staff: Browser, date: Date) -> tuple[Browser, str]:
    """A browser that is signed in nowhere, and the link that a member of the center made."""
    path = await link_of(staff, date)
    staff.cookies.clear()
    return staff, path


async def states(admin: asyncpg.Connection) -> list[str]:
    return [row["state"] for row in await admin.fetch("SELECT state FROM registration ORDER BY created_at, handle")]


@pytest.mark.parametrize("role", ["owner", "staff", "host"])
async def test_every_member_makes_a_link_that_opens_the_roster_without_a_sign_in(
    visitor: Browser, db: Database, neighborhood: Neighborhood, date: Date, now: datetime, role: str
) -> None:
    await neighborhood.guest(date, "n1@example.org", name=MARIA)
    await enter(visitor, db, role=role, now=now)
    host, path = await as_host(visitor, date)
    answer = await host.get(path)
    assert answer.status_code == 200
    assert "<bdi>Maria L.</bdi>" in answer.text
    assert "New here" in answer.text


async def test_the_page_is_kept_nowhere_named_to_nobody_and_not_indexed(staff: Browser, date: Date) -> None:
    host, path = await as_host(staff, date)
    for address in (path, path[:-2] + "xx"):
        headers = (await host.get(address)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]


async def test_what_is_noted_through_the_link_is_the_links_own_doing(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    host, path = await as_host(staff, date)
    for mark, state in (("came", "attended"), ("back", "confirmed"), ("missed", "missed")):
        answer = await host.post(path, data={"guest": str(handle), "mark": mark}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}#guest-{handle}")
        assert await states(admin) == [state]
    walk_in = {"key": str(uuid4()), "first_name": "Rosa", "people": "2"}
    assert (await host.post(f"{path}/walk-ins", data=walk_in, follow_redirects=False)).headers["location"] == f"{path}#walk-ins"
    link_id = await admin.fetchval("SELECT id FROM host_link")
    rows = await admin.fetch("SELECT actor, host_link_id FROM registration_change WHERE actor <> 'resident'")
    assert {(row["actor"], row["host_link_id"]) for row in rows} == {("host", link_id)}
    assert await admin.fetchval("SELECT host_link_id FROM walk_in") == link_id


async def test_what_a_member_notes_names_no_link(staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    await link_of(staff, date)
    token = await token_on(staff, roster_page(date))
    await staff.post(roster_page(date), data={"form_token": token, "guest": str(handle), "mark": "came"})
    await staff.post(f"{BASE}/dates/{date.id}/walk-ins", data={"form_token": token, "key": str(uuid4()), "people": "1"})
    row = await admin.fetchrow("SELECT actor, host_link_id FROM registration_change WHERE state = 'attended'")
    assert tuple(row) == ("staff", None)  # type: ignore[arg-type]
    assert await admin.fetchval("SELECT host_link_id FROM walk_in") is None


async def test_the_same_press_twenty_times_ticks_once(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    handle, key = await neighborhood.guest(date, "n1@example.org", name=MARIA), str(uuid4())
    host, path = await as_host(staff, date)
    for _ in range(5):
        answers = await asyncio.gather(
            *(host.post(path, data={"guest": str(handle), "mark": "came"}, follow_redirects=False) for _ in range(4)),
            *(host.post(f"{path}/walk-ins", data={"key": key, "people": "2"}, follow_redirects=False) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} == {303}
    assert await admin.fetchval("SELECT count(*) FROM registration_change WHERE state = 'attended'") == 1
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 1
    assert "3 people came so far." in (await host.get(path)).text
    assert (await host.post(f"{path}/walk-ins/remove", data={"key": key}, follow_redirects=False)).status_code == 303
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 0


async def test_the_page_holds_nothing_that_nobody_agreed_to_and_nothing_of_the_center(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    """No last name, no address, no wish, no need beside a person, no number that names a person, no other date, no page of the center."""
    other = await make_session(admin, town, now=now, slug="other", title="Another choir", starts_in=timedelta(hours=2))
    await neighborhood.guest(other, "elsewhere@residents.example.org", name="Otherguest Confidential")
    for n, need in enumerate(("step_free", "quiet", "quiet")):
        await neighborhood.guest(date, f"secret{n}@residents.example.org", name=f"Guest{'abc'[n]} Confidential", needs=(need,))
    await admin.execute("UPDATE registration SET shows_name = false WHERE handle = (SELECT max(handle::text)::uuid FROM registration)")
    unnamed = await admin.fetchval("SELECT count(*) FROM registration WHERE session_id = $1 AND NOT shows_name", date.id)
    host, path = await as_host(staff, date)
    text = (await host.get(path)).text
    ids = await admin.fetch("SELECT r.id, n.matcher_id FROM resident AS r JOIN pseudonym AS n ON n.resident_id = r.id")
    assert text.count("A guest without a name</bdi>") == unnamed
    assert "No steps: for 1 person" in text
    for secret in ("onfidential", "secret0", "residents.example", "43604", "I am lonely", "gardening", "Another choir", "Otherguest"):
        assert secret not in text
    for number in (other.id, town.center_id, *(id for row in ids for id in (row["id"], row["matcher_id"]))):
        assert str(number) not in text
    assert "/center/" not in text
    assert "form_token" not in text
    for row in re.findall(r'<li id="guest-.*?</li>', text, re.DOTALL):
        assert not re.search(r"No steps|Quiet|ready", row)


async def test_a_link_is_good_for_its_own_date_alone(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    other = await make_session(admin, town, now=now, slug="other", starts_in=timedelta(minutes=30))
    elsewhere = await neighborhood.guest(other, "n1@example.org", name=MARIA)
    key = uuid4()
    await admin.execute(
        "INSERT INTO walk_in (organization_id, session_id, people, noted_at, key) VALUES ($1, $2, 1, $3, $4)",
        *(town.center_id, other.id, now, key),
    )
    host, path = await as_host(staff, date)
    assert (await host.post(path, data={"guest": str(elsewhere), "mark": "came"})).status_code == 404
    await host.post(f"{path}/walk-ins/remove", data={"key": str(key)})
    assert await states(admin) == ["confirmed"]
    assert await admin.fetchval("SELECT count(*) FROM walk_in") == 1
    for page in (roster_page(date), f"{BASE}/today", link_page(date)):
        assert (await host.get(page, follow_redirects=False)).status_code != 200


async def every_use(host: Browser, path: str, handle: UUID) -> set[int]:
    answers = [
        await host.get(path),
        await host.post(path, data={"guest": str(handle), "mark": "came"}),
        await host.post(f"{path}/walk-ins", data={"key": str(uuid4()), "people": "1"}),
        await host.post(f"{path}/walk-ins/remove", data={"key": str(uuid4())}),
    ]
    assert not [answer for answer in answers if "Maria" in answer.text]
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize("do", ["withdraw", "renew"])
async def test_a_withdrawn_link_stops_at_once_and_says_so(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, do: str
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    path = await link_of(staff, date)
    assert await change(staff, date, do) == 303
    anew = await shown_link(staff, date)
    assert bool(anew) is (do == "renew")
    staff.cookies.clear()
    assert await every_use(staff, path, handle) == {410}
    assert "the center withdrew it. Please ask the center for a new one." in (await staff.get(path)).text
    assert await states(admin) == ["confirmed"]
    if anew:
        assert (await staff.get(anew)).status_code == 200


async def test_a_link_ends_some_hours_after_its_date_and_moves_with_it(
    staff: Browser, hands: Hands, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, now: datetime
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    host, path = await as_host(staff, date)
    ends_at = await admin.fetchval("SELECT ends_at FROM session WHERE id = $1", date.id) + host_links.ENDS_AFTER
    hands.pass_by(ends_at - now - timedelta(seconds=1))
    assert (await host.get(path)).status_code == 200
    hands.pass_by(timedelta(seconds=1))
    assert await every_use(host, path, handle) == {410}
    await admin.execute("UPDATE session SET ends_at = ends_at + interval '1 hour' WHERE id = $1", date.id)
    assert (await host.get(path)).status_code == 200


async def test_a_date_that_is_over_or_called_off_gets_no_link(
    staff: Browser, hands: Hands, admin: asyncpg.Connection, town: Town, date: Date, now: datetime
) -> None:
    assert link_page(date) in (await staff.get(roster_page(date))).text
    token = await token_on(staff, link_page(date))
    over = await make_session(admin, town, now=now, slug="over", starts_in=-timedelta(hours=12))
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE id = $1", date.id)
    for each, sentence in ((date, "This was called off before."), (over, "This is over.")):
        assert link_page(each) not in (await staff.get(roster_page(each))).text
        assert "so there is no link for it." in (await staff.get(link_page(each))).text
        answer = await staff.post(link_page(each), data={"form_token": token, "do": "make"})
        assert answer.status_code == 409
        assert sentence in answer.text
    assert await admin.fetchval("SELECT count(*) FROM host_link") == 0


async def test_the_link_of_a_closed_center_is_shut(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date, now: datetime
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    host, path = await as_host(staff, date)
    await admin.execute("UPDATE organization SET closed_at = $1 WHERE slug = 'riverton-center'", now)
    assert await every_use(host, path, handle) == {410}


async def test_a_link_that_is_not_ours_is_not_there(
    staff: Browser, neighborhood: Neighborhood, admin: asyncpg.Connection, date: Date
) -> None:
    """Neither a forged one nor one for another purpose about the same thing."""
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    host, path = await as_host(staff, date)
    stranger = Tokens([b"another secret of thirty-two byte"]).mint(Purpose.HOST, resident_id=NOBODY, epoch=0, subject_id=uuid4())
    link_id = await admin.fetchval("SELECT id FROM host_link")
    other = Tokens([SECRET]).mint(Purpose.CALENDAR, resident_id=NOBODY, epoch=0, subject_id=link_id)
    for token in (stranger, other, "x", path.removeprefix("/host/")[:-1]):
        assert await every_use(host, f"/host/{token}", handle) == {404}
    assert "We do not know this link." in (await host.get("/host/x")).text
    assert (await host.get(path.replace("/host/", "/me/"))).status_code == 404


async def test_making_it_twice_makes_one(staff: Browser, date: Date) -> None:
    first = await link_of(staff, date)
    assert await link_of(staff, date) == first


async def test_another_center_neither_makes_nor_withdraws_it(
    visitor: Browser, staff: Browser, db: Database, admin: asyncpg.Connection, date: Date, elsewhere: Town, now: datetime
) -> None:
    await link_of(staff, date)
    await enter(visitor, db, center="hillside-center", now=now)
    token = await token_on(visitor, "/center/hillside-center/activities/new")
    for base in (BASE, "/center/hillside-center"):
        for do in ("make", "renew", "withdraw", "eat"):
            answer = await visitor.post(f"{base}/dates/{date.id}/host-link", data={"form_token": token, "do": do})
            assert answer.status_code == 404
            assert "/host/" not in answer.text
    assert await admin.fetchval("SELECT count(*) FROM host_link") == 1


async def test_a_post_without_this_sessions_token_makes_no_link(staff: Browser, admin: asyncpg.Connection, date: Date) -> None:
    answer = await staff.post(link_page(date), data={"form_token": "abc.def", "do": "make"})
    assert answer.status_code == 422
    assert await admin.fetchval("SELECT count(*) FROM host_link") == 0


async def test_a_wrong_walk_in_and_a_contrary_mark_come_back_on_the_hosts_page(
    staff: Browser, neighborhood: Neighborhood, date: Date
) -> None:
    handle = await neighborhood.guest(date, "n1@example.org", name=MARIA)
    host, path = await as_host(staff, date)
    answer = await host.post(f"{path}/walk-ins", data={"key": str(uuid4()), "first_name": "Rosa", "people": "0"})
    assert answer.status_code == 422
    assert 'value="Rosa"' in answer.text
    assert f'action="{path}/walk-ins"' in answer.text
    await host.post(path, data={"guest": str(handle), "mark": "came"})
    answer = await host.post(path, data={"guest": str(handle), "mark": "missed"})
    assert answer.status_code == 409
    assert "Somebody noted the contrary before." in answer.text
