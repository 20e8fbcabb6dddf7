"""The page behind the question: what each answer changes, that it can be changed back, and whose word about a visit counts."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from service.db import Database
from service.feedback import store
from service.matches import store as matches
from service.residents.store import profile_of
from service.tokens import Purpose
from tests.service.feedback.conftest import TOKENS, Asked, local
from tests.service.mail.neighbors import Date, Town, make_resident, make_session
from tests.service.test_letter_links import checksums
from tests.service.visitor import Browser

# The rule, as a table: state of the seat, the person's word -> what is learned, and by whose word.
COUNTS = {
    ("confirmed", ""): ("yes", None),
    ("confirmed", "yes"): ("attended", "person"),
    ("confirmed", "could_not"): ("missed", "person"),
    ("confirmed", "did_not_want"): ("missed", "person"),
    **{(state, word): (state, "center") for state in ("attended", "missed") for word in ("", "yes", "could_not", "did_not_want")},
}


async def press(visitor: Browser, asked: Asked, date: Date, **field: str) -> str:
    page = await visitor.post(asked.path(date), data=field)
    assert page.status_code == 200, page.text
    return page.text


async def topics_of(asked: Asked) -> list[str]:
    topics: list[str] = await asked.admin.fetchval("SELECT topics FROM profile")
    return topics


async def test_looking_changes_nothing(visitor: Browser, asked: Asked, date: Date) -> None:
    before = await checksums(asked.admin)
    for path in (asked.path(date), f"{asked.path(date)}?came=yes", f"{asked.path(date)}?came=nonsense"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert (await visitor.request(method, path)).status_code < 500
    assert await checksums(asked.admin) == before


@pytest.mark.parametrize(
    ("leaning", "first"), [("", "Yes, I went"), ("could_not", "I could not go"), ("did_not_want", "I did not want to go")]
)
async def test_the_button_of_the_letter_puts_its_answer_first(visitor: Browser, asked: Asked, date: Date, leaning: str, first: str) -> None:
    page = (await visitor.get(f"{asked.path(date)}?came={leaning}")).text
    assert page.index(f'class="button primary">{first}') < page.index('class="button secondary">')


@pytest.mark.parametrize("center_first", [True, False])
@pytest.mark.parametrize(("seat", "word"), COUNTS)
async def test_whose_word_counts(visitor: Browser, asked: Asked, date: Date, seat: str, word: str, center_first: bool) -> None:
    """In either order; both words are kept."""

    async def center() -> None:
        if seat != "confirmed":
            await asked.tick(date, seat)

    async def person() -> None:
        if word:
            await press(visitor, asked, date, came=word)

    for speak in (center, person) if center_first else (person, center):
        await speak()
    assert (await asked.learned(date))[:2] == COUNTS[seat, word]
    assert await asked.admin.fetchval("SELECT state FROM registration") == seat
    assert (await asked.admin.fetchval("SELECT came FROM feedback") or "") == word


async def test_a_word_that_is_taken_back_leaves_the_other_one(visitor: Browser, asked: Asked, date: Date) -> None:
    await asked.tick(date, "missed")
    await press(visitor, asked, date, came="yes")
    assert await asked.learned(date) == ("missed", "center", None)
    await asked.tick(date, "confirmed")
    assert await asked.learned(date) == ("attended", "person", None)
    await press(visitor, asked, date, came="")
    assert await asked.learned(date) == ("yes", None, None)


RATINGS = {"good": 1, "fine": 0, "not_for_me": -1}


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(RATINGS, 2)))
async def test_how_it_was_reaches_the_matcher_and_can_be_changed(
    visitor: Browser, asked: Asked, date: Date, first: str, second: str
) -> None:
    await press(visitor, asked, date, came="yes")
    for rating in (first, second, ""):
        await press(visitor, asked, date, rating=rating)
        assert await asked.learned(date) == ("attended", "person", RATINGS.get(rating))


async def never(asked: Asked, worker_db: Database) -> int:
    """Dates of the coming week that the matcher must not offer to anybody, among those it knows."""
    async with worker_db.transaction(isolation="repeatable_read") as conn:
        snapshot = await matches.read_snapshot(
            conn,
            region_id=asked.town.region_id,
            week=local(30, 0).date(),
            now=local(30, 12),
            after=local(30, 12),
            before=local(30, 12) + timedelta(days=8),
        )
    return len(snapshot.never)


@pytest.fixture
async def next_date(asked: Asked, date: Date) -> UUID:
    """Of the same activity, in the week after."""
    later = await make_session(asked.admin, asked.town, now=asked.now, starts_in=timedelta(days=9), slug="next-week")
    await asked.admin.execute("UPDATE session SET activity_id = $1 WHERE id = $2", date.activity_id, later.id)
    return later.id


@pytest.mark.parametrize("came", ["yes", "did_not_want"])
async def test_not_for_me_keeps_the_activity_away_until_it_is_taken_back(
    visitor: Browser, asked: Asked, date: Date, next_date: UUID, worker_db: Database, came: str
) -> None:
    await press(visitor, asked, date, came=came)
    barred = [await never(asked, worker_db)]
    for rating in ("not_for_me", "not_for_me", ""):
        await press(visitor, asked, date, rating=rating)
        barred.append(await never(asked, worker_db))
    assert barred == [0, 1, 1, 0]
    await press(visitor, asked, date, rating="not_for_me")
    await press(visitor, asked, date, came="could_not")
    assert await never(asked, worker_db) == 0, "another answer to the first question takes those that hung on it back"


async def test_more_and_less_change_what_the_person_likes_and_nothing_else(visitor: Browser, asked: Asked, date: Date) -> None:
    """The activity is about gardening, which is liked, and crafts, which is not."""
    await press(visitor, asked, date, came="yes")
    for wants, topics in (("more", ["gardening", "crafts"]), ("", ["gardening"]), ("less", []), ("more", ["gardening", "crafts"])):
        before = await asked.admin.fetchval("SELECT to_jsonb(p) - 'topics' - 'changed_at' FROM profile AS p")
        await press(visitor, asked, date, wants=wants)
        assert await topics_of(asked) == topics
        assert await asked.admin.fetchval("SELECT to_jsonb(p) - 'topics' - 'changed_at' FROM profile AS p") == before
    await press(visitor, asked, date, came="")
    assert await topics_of(asked) == ["gardening"]


async def test_what_was_changed_on_the_own_page_meanwhile_stays(visitor: Browser, asked: Asked, date: Date) -> None:
    await press(visitor, asked, date, came="yes")
    await press(visitor, asked, date, wants="more")
    await asked.admin.execute("UPDATE profile SET topics = '{chess}'")
    await press(visitor, asked, date, wants="")
    assert await topics_of(asked) == ["chess"]


async def test_a_choice_that_would_change_nothing_is_not_offered(visitor: Browser, asked: Asked, date: Date) -> None:
    for liked, disliked, more, less in (
        (["gardening", "crafts"], [], False, True),
        ([], [], True, False),
        ([], ["gardening", "crafts"], False, False),
    ):
        await asked.admin.execute("UPDATE profile SET topics = $1, disliked = $2", liked, disliked)
        page = await press(visitor, asked, date, came="yes")
        assert ("More of this" in page, "Less of this" in page) == (more, less)
        for wants, offered in (("more", more), ("less", less)):
            answer = await visitor.post(asked.path(date), data={"wants": wants}, headers={"accept": "text/html"})
            assert answer.status_code == (200 if offered else 409)
            await press(visitor, asked, date, wants="")


@pytest.mark.parametrize(
    "field",
    [{}, {"came": "perhaps"}, {"rating": "good"}, {"wants": "more"}, {"rating": "great"}, {"answered_at": "2026-11-25"}],
    ids=str,
)
async def test_what_no_button_sends_changes_nothing(visitor: Browser, asked: Asked, date: Date, field: dict[str, str]) -> None:
    before = await checksums(asked.admin)
    assert (await visitor.post(asked.path(date), data=field)).status_code == 404
    assert await checksums(asked.admin) == before


async def test_who_could_not_go_is_asked_nothing_more(visitor: Browser, asked: Asked, date: Date) -> None:
    page = await press(visitor, asked, date, came="could_not")
    assert "How was it?" not in page
    assert "Do not offer me this again" not in page
    for field in ({"rating": "not_for_me"}, {"wants": "less"}):
        assert (await visitor.post(asked.path(date), data=field)).status_code == 404


async def test_links_of_others_old_and_revoked_ones_open_nothing(
    visitor: Browser, asked: Asked, date: Date, town: Town, admin: asyncpg.Connection
) -> None:
    friend = await make_resident(admin, town, now=asked.now, email="friend@example.org")
    later = asked.now + timedelta(days=9)
    for person, subject, purpose, epoch, until, status in (
        (friend, date.id, Purpose.FEEDBACK, 0, later, 404),
        (asked.person, UUID(int=1), Purpose.FEEDBACK, 0, later, 404),
        (asked.person, date.id, Purpose.SEAT, 0, later, 404),
        (asked.person, date.id, Purpose.FEEDBACK, 1, later, 410),
        (asked.person, date.id, Purpose.FEEDBACK, 0, local(25, 11), 410),
    ):
        path = "/feedback/" + TOKENS.mint(purpose, resident_id=person, epoch=epoch, subject_id=subject, expires_at=until)
        assert (await visitor.get(path)).status_code == status
        assert (await visitor.post(path, data={"came": "yes"})).status_code == status
    assert await admin.fetchval("SELECT count(*) FROM feedback WHERE came IS NOT NULL") == 0


async def test_a_date_that_is_called_off_late_says_so_and_takes_no_answer(visitor: Browser, asked: Asked, date: Date) -> None:
    await asked.admin.execute("UPDATE session SET state = 'cancelled'")
    page = await visitor.get(asked.path(date))
    assert "called this off" in page.text
    assert 'name="came"' not in page.text
    assert (await visitor.post(asked.path(date), data={"came": "yes"})).status_code == 410


async def test_dates_of_one_letter_lead_to_each_other(visitor: Browser, asked: Asked) -> None:
    one, other = [await asked.seat(local(24, hour), slug=f"group-{hour}", title=f"Group at {hour}") for hour in (10, 14)]
    await asked.look(local(25, 9))
    assert "Group at 14" in await press(visitor, asked, one, came="could_not")
    assert "Group at 10" not in await press(visitor, asked, other, came="could_not")


async def test_the_own_page_lists_every_answer_and_leads_to_changing_it(visitor: Browser, asked: Asked, date: Date) -> None:
    await press(visitor, asked, date, came="yes")
    await press(visitor, asked, date, rating="not_for_me")
    me = TOKENS.mint(Purpose.ME, resident_id=asked.person, epoch=0, expires_at=local(25, 13))
    assert f"/me/{me}/history" in (await visitor.get(f"/me/{me}")).text
    page = (await visitor.get(f"/me/{me}/history")).text
    assert "Yes, I went · Not for me" in page
    address = page.partition('href="/feedback/')[2].partition('"')[0]
    assert "we do not offer you this" in (await visitor.get(f"/feedback/{address}")).text
    stop = TOKENS.mint(Purpose.STOP, resident_id=asked.person, epoch=0)
    assert "Garden morning" not in (await visitor.get(f"/me/{stop}/history")).text, "the foot of a letter opens nobody's visits"
    old = TOKENS.mint(Purpose.ME, resident_id=asked.person, epoch=0, expires_at=local(25, 11))
    assert (await visitor.get(f"/me/{old}/history")).status_code == 410


async def test_the_center_sees_nothing_of_the_answers(visitor: Browser, asked: Asked, date: Date, db: Database) -> None:
    await press(visitor, asked, date, came="did_not_want")
    async with db.transaction(organization_id=asked.town.center_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM feedback") == 0
        assert await conn.fetchval("SELECT state FROM registration") == "confirmed"
        assert await store.visit_words(conn) == await store.visit_words(conn)
        assert (await store.visit_words(conn)).answered == 0


async def test_the_link_of_a_person_speaks_for_no_other_seat(asked: Asked, date: Date, db: Database) -> None:
    """`note_visit` answers the person of the seat and its center."""
    await asked.admin.execute("UPDATE registration SET state = 'attended'")
    handle = await asked.admin.fetchval("SELECT handle FROM registration")
    async with db.transaction(resident_id=UUID(int=1)) as conn:
        await conn.fetchval("SELECT note_visit($1, $2)", handle, asked.now)
    assert (await asked.learned(date))[0] == "yes"
    async with db.transaction(resident_id=asked.person) as conn:
        profile = await profile_of(conn, asked.person)
        await conn.fetchval("SELECT note_visit($1, $2)", handle, asked.now)
    assert profile
    assert (await asked.learned(date))[0] == "attended"
