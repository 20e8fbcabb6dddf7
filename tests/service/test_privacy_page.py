"""The privacy page, sentence by sentence: each is held by the tests that are named beside it, and no sentence stands there without one."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import asyncpg
import pytest

from service.db import Database
from service.settings import ServiceSettings
from service.tokens import Purpose, Tokens
from tests.house.test_rooms import PACKAGES, imports, name_of, sources
from tests.service.confirmed import confirm_all
from tests.service.forms.test_form_page import send
from tests.service.mail.neighbors import SECRET, Town, make_town
from tests.service.visitor import Browser, Hands, browser
from workers.context import open_context
from workers.tidy import tidy

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = "tests/service/test_privacy_page.py"
SIGN_UP = "tests/service/residents/test_sign_up.py"
WORK = "tests/workers/test_work.py"
STANCE: list[str] = []  # what we want, and no test can show
# How each paragraph or point begins -> the tests that hold it.
PROMISES: dict[str, list[str]] = {
    "We keep as little as we can.": STANCE,
    "Your e-mail, and your first name": [f"{SIGN_UP}::test_no_address_and_no_name_stands_in_the_tables_in_clear"],
    "Your ZIP code, or a point": [
        "tests/service/web/test_about.py::test_the_days_and_meters_it_promises_are_the_ones_that_are_kept",
        "tests/service/places/test_places.py::test_rounding_moves_a_home_by_no_more_than_80_meters_and_only_once",
        f"{HERE}::test_signing_up_asks_for_no_address_and_needs_no_cookie",
    ],
    "What you told us on the form and on your page": [f"{HERE}::test_the_page_names_every_column_that_holds_something_of_a_person"],
    "Which form you used": [f"{HERE}::test_the_page_names_every_column_that_holds_something_of_a_person"],
    "When you said yes": [f"{SIGN_UP}::test_a_confirmed_sign_up_is_kept_with_its_consent"],
    "What stood before": [
        "tests/service/residents/test_small_changes.py::test_what_stood_before_is_sealed_and_forgotten_after_the_days",
        "tests/service/web/test_about.py::test_the_days_and_meters_it_promises_are_the_ones_that_are_kept",
    ],
    "The address of your own calendar": [
        "tests/service/calendars/test_own_calendar.py::test_looking_changes_nothing_and_an_old_link_can_have_a_new_one_mailed"
    ],
    "The letters we sent": [f"{HERE}::test_no_table_holds_a_person_without_a_word_of_it_here"],
    "The program that picks": [
        "tests/house/test_rooms.py::test_matching_knows_only_numbers",
        "tests/service/matches/test_region_preview.py::test_what_is_kept_of_the_past_names_nobody",
    ],
    "This is for people of 18": [f"{SIGN_UP}::test_of_people_under_eighteen_nothing_is_kept"],
    "To find things near you": [
        "tests/service/outcomes/test_demand.py::test_few_people_and_private_topics_are_never_told",
        "tests/service/outcomes/test_demand.py::test_people_who_meet_no_session_become_a_row_counted_in_tens",
        "tests/service/outcomes/test_demand.py::test_a_center_sees_what_its_neighbors_would_like_and_drafts_it",
    ],
    "The partner whose form": ["tests/service/partners/test_pages.py::test_a_partner_sees_its_forms_and_nobody_who_signed_up"],
    "A center sees how many": [
        "tests/service/centers/test_pages.py::test_the_overview_shows_seats_and_open_questions",
        "tests/service/centers/test_roster.py::test_a_roster_names_its_guests_shortly_and_counts_who_comes_along",
        "tests/service/centers/test_roster.py::test_a_yes_from_before_the_page_spoke_of_names_shows_none",
        "tests/service/centers/test_roster.py::test_names_and_needs_open_for_the_center_of_the_date_alone",
        "tests/service/centers/test_roster_pages.py::test_the_pages_hold_nothing_that_nobody_agreed_to",
    ],
    "A partner sees how many of ten": ["tests/service/outcomes/test_confirmations.py::test_a_month_is_a_share_of_eleven_or_more"],
    "A partner or a center sees how many": [
        "tests/service/outcomes/test_return_counts.py::test_no_number_from_1_to_10_is_shown_or_the_difference_of_shown_ones",
        "tests/service/outcomes/test_return_counts.py::test_a_count_never_changes_whatever_happens_to_its_people",
    ],
    "What people need": [
        "tests/service/centers/test_roster.py::test_needs_are_numbers_that_no_mark_changes",
        "tests/service/centers/test_roster_pages.py::test_a_single_guests_need_is_a_request_without_a_number",
    ],
    "If you come without a seat": [
        "tests/service/centers/test_roster_pages.py::test_walk_ins_are_noted_by_name_or_by_number_and_taken_back"
    ],
    "If you want company": [
        "tests/service/company/test_tell_newcomers.py::test_a_letter_exists_where_all_is_right_for_both_and_names_where_both_gave_them",
        "tests/service/company/test_tell_newcomers.py::test_at_a_sensitive_group_nobody_is_named_and_the_subject_does_not_name_it",
        "tests/service/company/test_welcome_hosts.py::test_a_newcomer_and_a_host_are_told_of_each_other_once",
        "tests/service/company/test_welcome_hosts.py::test_names_are_told_where_both_gave_theirs",
        "tests/service/company/test_welcome_hosts.py::test_at_a_sensitive_group_nobody_is_named_and_the_subject_does_not_name_it",
    ],
    "If you like to meet": [
        "tests/service/residents/test_same_faces.py::test_five_who_agreed_and_came_are_kept_together_and_told_so_without_names",
        "tests/service/residents/test_same_faces.py::test_nobody_is_told_of_somebody_who_did_not_agree_or_is_blocked",
    ],
    "The people who run this service": [f"{HERE}::test_nothing_leaves_but_letters_and_requests_for_calendars"],
    "These pages load nothing": [
        "tests/service/web/test_security.py::test_every_answer_carries_the_safety_headers",
        "tests/service/web/test_about.py::test_it_sets_no_cookie_and_every_link_in_its_frame_answers",
        "tests/service/digests/test_compose.py::test_a_letter_loads_nothing_and_leads_nowhere_but_home",
        f"{HERE}::test_signing_up_asks_for_no_address_and_needs_no_cookie",
    ],
    "You did not confirm": [
        f"{HERE}::test_who_did_not_confirm_is_gone_from_every_table",
        "tests/service/outcomes/test_confirmations.py::test_who_is_forgotten_stays_as_a_number",
    ],
    "You did confirm?": [f"{HERE}::test_what_a_person_told_stays_after_a_yes_and_after_a_stop"],
    "You stopped the letters?": [
        f"{HERE}::test_what_a_person_told_stays_after_a_yes_and_after_a_stop",
        "tests/service/matches/test_match_week.py::test_who_stopped_or_gave_no_consent_is_not_matched",
    ],
    "A mark made from your e-mail": [f"{SIGN_UP}::test_a_stop_takes_back_consent_and_is_undone_by_the_person"],
    "Each weekly letter ends": [
        "tests/service/digests/test_compose_week.py::test_a_letter_is_in_the_readers_language_with_links_that_are_theirs",
        f"{HERE}::test_the_link_at_the_foot_offers_a_break_and_a_stop",
    ],
    "Another link there opens your page.": [
        "tests/service/residents/test_preferences.py::test_everything_on_the_page_is_kept",
        "tests/service/residents/test_preferences.py::test_a_link_at_the_foot_of_a_letter_shows_nothing_personal_and_mails_a_fresh_link",
    ],
    "We have no page yet": [f"{HERE}::test_there_is_no_page_that_shows_or_erases_all"],
}
# Column -> the words that tell of it; "" for what a person cannot have told: numbers of rows, counters, instants.
COLUMNS = {
    "resident": {
        "email": "Your e-mail",
        "email_index": "A mark made from your e-mail",
        "name": "your first name",
        "language": "the language of your letters",
        "zone": "Your ZIP code",
        "form_id": "Which form you used",
        "paused_until": "if you take a break",
        "every_weeks": "how often you want them",
        "stopped_at": "You stopped the letters?",
        "confirmed_at": "When you said yes",
        "letter_at": "The letters we sent",
        "letters_n": "The letters we sent",
        "id": "",
        "status": "",
        "link_epoch": "",
        "created_at": "",
    },
    "profile": {
        "zip": "Your ZIP code",
        "lat": "a point on the map",
        "lon": "a point on the map",
        "region_id": "Your ZIP code",
        "travel": "how you get around",
        "reach_km": "how far",
        "age_low": "your age group",
        "age_high": "your age group",
        "needs": "what you need",
        "cost_cents": "What it may cost",
        "languages": "the languages you speak",
        "available": "When you are free",
        "party": "How many come with you",
        "topics": "what you like",
        "disliked": "do not like",
        "words": "your own words",
        "cohorts": "If you like to meet the same people again",
        "matcher_id": "",
        "changed_at": "",
    },
}
NEVER_FILLED = {"resident": {"phone"}, "profile": {"household_id"}}
TABLES = {
    "resident": "Your e-mail",
    "profile": "What you told us",
    "pseudonym": "a random number",
    "calendar_feed": "own calendar",
    "consent": "the words you said yes to",
    "enrollment": "Which form you used",
    "sign_up": "What you told us on the form",
    "small_change": "straight from a letter",
    "letter": "The letters we sent",
    "digest": "The letters we sent",
    "match": "what we offered you",
    "empty_hand": "what we offered you",
    "answer": "what you answered",
    "registration": "what you answered",
    "block": "do not like",
    "demand_contributor": "what many neighbors look for",
}


@pytest.fixture
def hands(now: datetime) -> Hands:
    return Hands(now)


@pytest.fixture
async def visitor(database_url: str, hands: Hands, tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(database_url, hands, tmp_path) as opened:
        yield opened


@pytest.fixture
async def town(admin: asyncpg.Connection, now: datetime) -> Town:
    return await make_town(admin, now=now)


@pytest.fixture
async def page(visitor: Browser) -> str:
    return unescape(re.sub(r"\s+", " ", (await visitor.get("/privacy")).text.split("<main", 1)[1].split("</main>", 1)[0]))


async def people_tables(admin: asyncpg.Connection) -> set[str]:
    """Tables whose rows point at a person, by foreign key, and the person's own."""
    rows = await admin.fetch(
        "SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid IN ('resident'::regclass, 'pseudonym'::regclass)"
    )
    return {row["name"] for row in rows} | {"resident"}


def test_every_sentence_is_held_by_tests_that_exist() -> None:
    for held in {test for tests in PROMISES.values() for test in tests}:
        path, name = held.split("::")
        tree = ast.parse((REPOSITORY / path).read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}, held


async def test_no_sentence_stands_there_without_a_test(page: str) -> None:
    parts = [re.sub(r"<[^>]+>", "", part).strip() for part in re.findall(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", page)]
    assert [part for part in parts if sum(part.startswith(begin) for begin in PROMISES) != 1] == []
    assert [begin for begin in PROMISES if not any(part.startswith(begin) for part in parts)] == []


@pytest.mark.parametrize("table", COLUMNS)
async def test_the_page_names_every_column_that_holds_something_of_a_person(page: str, admin: asyncpg.Connection, table: str) -> None:
    rows = await admin.fetch("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table)
    assert {row["attname"] for row in rows} == COLUMNS[table].keys() | NEVER_FILLED[table]
    assert [words for words in COLUMNS[table].values() if words not in page] == []
    statements = re.findall(
        rf"(?:INSERT INTO|UPDATE) {table}\b[^;]*", "".join(path.read_text() for path in REPOSITORY.rglob("queries.sql"))
    )
    assert statements
    assert not [name for name in NEVER_FILLED[table] for statement in statements if re.search(rf"\b{name}\b", statement)]


async def test_no_table_holds_a_person_without_a_word_of_it_here(page: str, admin: asyncpg.Connection) -> None:
    assert await people_tables(admin) == TABLES.keys()
    assert [words for words in TABLES.values() if words not in page] == []


async def test_signing_up_asks_for_no_address_and_needs_no_cookie(visitor: Browser, hands: Hands, town: Town) -> None:
    form = await visitor.get("/f/riverton")
    assert not re.findall(r'(?:name|autocomplete)="[^"]*(?:street|address|phone|tel)[^"]*"', form.text)
    answer = await send(visitor, hands)
    assert answer.status_code == 303
    assert "set-cookie" not in form.headers
    assert "set-cookie" not in answer.headers


async def test_who_did_not_confirm_is_gone_from_every_table(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    await send(visitor, hands)
    filled = [table for table in await people_tables(admin) if await admin.fetchval(f"SELECT count(*) FROM {table}")]
    assert {"resident", "sign_up", "letter"} <= set(filled)
    hands.pass_by(timedelta(days=7, minutes=1))
    await tidy_up(database_url, hands, tmp_path)
    assert [table for table in filled if await admin.fetchval(f"SELECT count(*) FROM {table}")] == []


async def test_what_a_person_told_stays_after_a_yes_and_after_a_stop(
    visitor: Browser, hands: Hands, town: Town, db: Database, admin: asyncpg.Connection, database_url: str, tmp_path: Path
) -> None:
    await send(visitor, hands, words="I like gardening")
    await confirm_all(db, admin, now=hands())
    for status in ("active", "stopped"):
        await admin.execute(
            "UPDATE resident SET status = $1, confirmed_at = $2, stopped_at = $3", status, hands(), hands() if status == "stopped" else None
        )
        hands.pass_by(timedelta(days=40))
        await tidy_up(database_url, hands, tmp_path)
        assert await admin.fetchval("SELECT words FROM profile") == "I like gardening"


async def tidy_up(database_url: str, hands: Hands, folder: Path) -> None:
    settings = ServiceSettings(database_url=database_url, secret_keys=SECRET.decode(), mail_url=f"file:{folder}")
    async with open_context(settings, hands, asyncio.Event()) as context:
        await tidy(context)


async def test_the_link_at_the_foot_offers_a_break_and_a_stop(
    visitor: Browser, hands: Hands, town: Town, admin: asyncpg.Connection
) -> None:
    await send(visitor, hands)
    resident_id = await admin.fetchval("UPDATE resident SET status = 'active', confirmed_at = $1 RETURNING id", hands())
    foot = await visitor.get(f"/u/{Tokens([SECRET]).mint(Purpose.STOP, resident_id=resident_id, epoch=0)}")
    assert "A break of four weeks" in foot.text
    assert "Stop all letters" in foot.text
    assert not re.findall(r"<textarea|type=\"(?:password|text)\"", foot.text), "no password, and no question why"


async def test_there_is_no_page_that_shows_or_erases_all(visitor: Browser) -> None:
    """When there is one, the page must say so."""
    paths = {path for route in visitor.app.routes for path in [route.path]}
    assert not {path for path in paths if path.endswith(("/data", "/export", "/erase"))}
    assert "DELETE" not in {method for route in visitor.app.routes if "/me" in route.path for method in route.methods}


def test_nothing_leaves_but_letters_and_requests_for_calendars() -> None:
    """The demo is a client of its own pages."""
    clients = {"aiosmtplib", "smtplib", "httpx", "httpcore", "aiohttp", "requests", "http.client", "urllib.request"}
    users = {name_of(path) for path in sources(*PACKAGES) for module, _ in imports(path) if module in clients}
    assert {name for name in users if not name.startswith("service/demo/")} == {"service/feeds/fetch.py", "service/mail/transport.py"}
