"""What anybody may see of what is on, and what nobody may."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from service.access import NEEDS
from tests.service.mail.neighbors import Town, make_resident, make_session
from tests.service.visitor import Browser

ZIP = "10001"  # 3 to 6 km from the invented center at 40.7, -74.0


async def front(visitor: Browser, **asked: str) -> str:
    answer = await visitor.get("/", params={"near": ZIP, **asked})
    assert answer.status_code == 200
    return answer.text


async def test_the_front_page_asks_for_a_zip_and_shows_nothing_before(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    await make_session(admin, town, now=now)
    answer = await visitor.get("/")
    assert answer.status_code == 200
    assert 'name="near"' in answer.text
    assert "Garden morning" not in answer.text


async def test_what_is_on_near_a_zip_is_listed_by_day(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, title="Soup table", slug="soup", starts_in=timedelta(days=1), cost_cents=None)
    text = await front(visitor)
    assert text.index("Soup table") < text.index("Garden morning")
    assert "Friday, November 27" in text
    assert "ask about the cost" in text
    assert "a short ride" in text


async def test_nearest_first_names_each_activity_once(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now, title="Near and often", lat=40.75, lon=-73.99)
    for days in (1, 2):
        begins = now + timedelta(days=days)
        await admin.execute(
            "INSERT INTO session (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)"
            " VALUES ($1, $2, $3, $3, 'America/New_York', $4, $5, $6)",
            town.center_id, date.activity_id, begins.replace(tzinfo=None), begins, begins + timedelta(hours=1), now,
        )  # fmt: skip
    await make_session(admin, town, now=now, title="Farther", slug="farther", starts_in=timedelta(hours=2))
    text = await front(visitor, order="near")
    assert text.count("Near and often") == 1
    assert text.index("Near and often") < text.index("Farther")
    assert (await front(visitor)).count("Near and often") == 3


async def test_drafts_merged_and_called_off_ones_are_on_no_list(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    original = await make_session(admin, town, now=now, title="Kept")
    for status in ("draft", "cancelled"):
        await make_session(admin, town, now=now, title=f"Hidden {status}", slug=f"hidden-{status}", status=status)
    await make_session(admin, town, now=now, title="Hidden twin", slug="hidden-twin", merged_into=original.activity_id)
    date = await make_session(admin, town, now=now, title="Hidden date", slug="hidden-date")
    await admin.execute("UPDATE session SET state = 'cancelled' WHERE id = $1", date.id)
    await make_session(admin, town, now=now, title="Hidden past", slug="hidden-past", starts_in=timedelta(hours=-3))
    await make_session(admin, town, now=now, title="Hidden far", slug="hidden-far", lat=41.7)
    await make_session(admin, town, now=now, title="Hidden east", slug="hidden-east", lat=40.748, lon=-73.0)
    for order in ("time", "near"):
        text = await front(visitor, order=order)
        assert "Kept" in text
        assert "Hidden" not in text
    body = (await visitor.get("/api/v1/activities", params={"near": ZIP})).text
    assert "Kept" in body
    assert "Hidden" not in body


async def test_a_draft_has_no_page_and_a_called_off_one_says_so(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    draft = await make_session(admin, town, now=now, slug="a-draft", status="draft")
    ended = await make_session(admin, town, now=now, slug="an-end", status="cancelled")
    assert (await visitor.get("/activities/a-draft")).status_code == 404
    assert (await visitor.get(f"/sessions/{draft.id}")).status_code == 404
    for path in ("/activities/an-end", f"/sessions/{ended.id}"):
        answer = await visitor.get(path)
        assert answer.status_code == 410
        assert "called off" in answer.text


async def test_unknown_and_unreadable_addresses_are_missing(visitor: Browser) -> None:
    for path in ("/activities/nothing", f"/sessions/{uuid4()}", "/sessions/12", "/activities/%00", "/activities/" + "a" * 500):
        assert (await visitor.get(path)).status_code in (400, 404)


async def test_an_unknown_zip_is_kept_and_explained(visitor: Browser, town: Town) -> None:
    answer = await visitor.get("/", params={"near": "99999", "topic": "songs & soup"})
    assert 'value="99999"' in answer.text
    assert "We do not know this ZIP code" in answer.text
    assert 'value="songs &amp; soup"' in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_words_find_topics_and_titles(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, title="Fix-it Friday", slug="fix-it", topics=())
    close = await front(visitor, topic="I love tending tomatoes")
    assert "Garden morning" in close
    assert "These come close" in close
    assert "Garden morning" in await front(visitor, topic="gardening")
    html = await front(visitor, topic="fix-it")
    assert "Fix-it Friday" in html
    assert "Garden morning" not in html


async def test_where_nothing_fits_the_page_says_what_to_try(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    await make_session(admin, town, now=now)
    text = await front(visitor, topic="zzz nothing like it", radius_km="1.6")
    assert "Nothing listed yet" in text
    assert "Look further away" in text
    assert "Show everything near New York" in text


async def test_a_long_list_is_turned_over_page_by_page(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    for n in range(33):
        await make_session(admin, town, now=now, title=f"Number {n:02}", slug=f"n-{n}", starts_in=timedelta(hours=2 + n))
    first, second = await front(visitor), await front(visitor, page="2")
    assert first.count("Number") == 30
    assert second.count("Number") == 3
    assert 'rel="next"' in first
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


async def test_an_activity_answers_every_question_or_says_not_said(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    date = await make_session(
        admin, town, now=now, access_yes=NEEDS["step_free"], access_no=NEEDS["hearing_loop"], rrule="FREQ=WEEKLY;BYDAY=FR",
        description="Bring <b>gloves</b>.", age_min=55, meeting_point="The blue gate", url="https://garden.example.org/a?b=c",
    )  # fmt: skip
    for path in ("/activities/garden-morning", f"/sessions/{date.id}"):
        text = (await visitor.get(path)).text
        assert text.count('class="yes"') == 1
        assert text.count('class="no"') == 1
        assert text.count('class="not_said"') == len(NEEDS) - 2
        assert "55 years and older" in text
        assert "Bring &lt;b&gt;gloves" in text
        assert ">garden.example.org</a>" in text
        assert "The blue gate" in text
    assert "Every week: Friday" in (await visitor.get("/activities/garden-morning")).text


async def test_no_weekday_is_named_that_is_another_one_at_the_place(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime
) -> None:
    """At ten on a Tuesday evening in Los Angeles it is Wednesday in Riverton."""
    for hour, slug in ((16, "afternoon"), (22, "late")):
        starts = datetime(2026, 12, 1, hour)  # noqa: DTZ001
        zone = "America/Los_Angeles"
        await make_session(admin, town, now=now, slug=slug, rrule="FREQ=WEEKLY", zone=zone, starts_at_local=starts)
    assert "Every week: Tuesday" in (await visitor.get("/activities/afternoon")).text
    assert "Every week" not in (await visitor.get("/activities/late")).text


async def test_one_told_by_two_calendars_has_one_page(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    original = await make_session(admin, town, now=now)
    await make_session(admin, town, now=now, slug="twin", merged_into=original.activity_id)
    answer = await visitor.get("/activities/twin", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/activities/garden-morning")


async def test_nothing_tells_that_anybody_goes(visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now, capacity=7)
    paths = [
        "/?near=10001",
        "/?near=10001&order=near",
        "/activities/garden-morning",
        f"/sessions/{date.id}",
        "/api/v1/activities?near=10001",
    ]
    before = [(await visitor.get(path)).text for path in paths]
    resident = await make_resident(admin, town, now=now, email="quiet@residents.example.org")
    await admin.execute(
        "INSERT INTO registration (session_id, resident_id, organization_id, state, party, created_at, changed_at)"
        " VALUES ($1, $2, $3, 'confirmed', 7, $4, $4)",
        date.id, resident, town.center_id, now,
    )  # fmt: skip
    await admin.execute("UPDATE seats SET taken = 7 WHERE session_id = $1", date.id)
    after = [(await visitor.get(path)).text for path in paths]
    assert [_without_nonce(text) for text in after] == [_without_nonce(text) for text in before]


def _without_nonce(text: str) -> str:
    head, marker, rest = text.partition('nonce="')
    return head + rest.partition('"')[2] if marker else head


@pytest.mark.parametrize("language", ["es", "ar"])
async def test_the_language_is_kept_on_the_way(
    visitor: Browser, admin: asyncpg.Connection, town: Town, now: datetime, language: str
) -> None:
    date = await make_session(admin, town, now=now)
    text = await front(visitor, lang=language, topic="gardening")
    assert f'lang="{language}"' in text
    assert f"/sessions/{date.id}?lang={language}" in text
    assert f'type="hidden" name="lang" value="{language}"' in text
    assert "near=10001&amp;topic=gardening&amp;lang=en" in text
