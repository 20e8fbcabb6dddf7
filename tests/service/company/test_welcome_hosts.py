"""A newcomer with nobody else who is new is told of one regular who is glad to greet, and the regular of them; nobody else is."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from service.company.actions import leave
from service.db import Database
from service.tokens import NOBODY, Link, Purpose
from tests.service.company.people import AT, BEGINS, GONE, HOUR, MINUTE, WRONG, Pair
from tests.service.mail.conftest import Deliver
from tests.service.mail.neighbors import VAULT

TAKEN_BACK = "UPDATE consent SET withdrawn_at = given_at WHERE resident_id = {resident} AND purpose = '%s'"
ONE_VISIT = "(SELECT min(session_id::text)::uuid FROM answer WHERE matcher_id = {matcher} AND answer = 'attended')"
OF_EITHER = {name: sql for name, sql in WRONG.items() if name not in ("no consent", "was there")}
OF_NEWCOMER = {
    "no consent": TAKEN_BACK % "company",
    "was there": "UPDATE answer SET answer = 'attended' WHERE matcher_id = {matcher}",
    "agreed before the words spoke of hosts": "UPDATE consent SET version = 1 WHERE resident_id = {resident} AND purpose = 'company'",
    "agreed to a name before": "UPDATE consent SET version = 1 WHERE resident_id = {resident} AND purpose = 'company_name'",
    "agreed in the words of a program": "UPDATE consent SET source = 'api' WHERE resident_id = {resident} AND purpose = 'company'",
}
OF_HOST = {
    "no consent": TAKEN_BACK % "welcome_host",
    "came twice": f"DELETE FROM answer WHERE matcher_id = {{matcher}} AND session_id = {ONE_VISIT}",
    "missed one": f"UPDATE answer SET answer = 'missed' WHERE matcher_id = {{matcher}} AND session_id = {ONE_VISIT}",
    "did not like one": f"UPDATE answer SET rating = -1 WHERE matcher_id = {{matcher}} AND session_id = {ONE_VISIT}",
    "came elsewhere": (
        "WITH other AS (INSERT INTO activity SELECT (jsonb_populate_record(a, jsonb_build_object('id', uuidv7(), 'slug', 'other'))).*"
        " FROM activity AS a RETURNING id) UPDATE answer SET activity_id = other.id FROM other WHERE answer = 'attended'"
    ),
}
CASES = [
    *((of, name, sql) for name, sql in OF_EITHER.items() for of in ("newcomer", "host")),
    *(("newcomer", name, sql) for name, sql in OF_NEWCOMER.items()),
    *(("host", name, sql) for name, sql in OF_HOST.items()),
]
GONE_CASES = [(of, name, sql) for name, sql in GONE.items() for of in ("newcomer", "host")]


def ids(cases: list[tuple[str, str, str]]) -> list[str]:
    return [f"{of}: {name}" for of, name, _ in cases]


async def change(pair: Pair, of: str, sql: str) -> None:
    """Of one of the two; what names both says for itself of whom."""
    await pair.change(sql, pair.ada if of == "newcomer" and "{ada}" not in sql else pair.bo)


async def companions_of(pair: Pair) -> dict[str, str]:
    """Mailbox of each person -> mailbox of the one other person that they are told of."""
    names = {resident_id: mailbox for mailbox, resident_id in pair.people.items()}
    rows = await pair.admin.fetch("SELECT resident_id, other_id FROM companion")
    return {names[row["resident_id"]]: names[row["other_id"]] for row in rows}


async def test_a_newcomer_and_a_host_are_told_of_each_other_once(pair: Pair) -> None:
    await pair.begin_with_host(meeting_point="The blue door")
    assert await pair.look() == 2
    letters = await pair.letters()
    assert letters.keys() == {pair.ada, pair.bo}
    to_newcomer, to_host = letters[pair.ada], letters[pair.bo]
    assert "You will not be alone at Garden morning: somebody who knows the group" in to_newcomer.text
    assert "Bo has been there before, and has a seat." in to_newcomer.text
    assert "Somebody new is coming to Garden morning." in to_host.text
    assert "Ada is new and has a seat." in to_host.text
    assert all(
        "The blue door" in letter.text and "9:50" in letter.text and "Plans can change" in letter.text for letter in letters.values()
    )
    assert not any("Byron" in letter.text for letter in letters.values()), "first names only"
    assert [await pair.look(AT + later * HOUR) for later in range(30)] == [0] * 30
    assert await pair.admin.fetchval("SELECT array_agg(DISTINCT welcome_host_id) FROM companion") == [pair.bo]


async def test_newcomers_are_told_of_each_other_first_and_a_host_of_who_is_left(pair: Pair) -> None:
    await pair.begin()
    for host in ("Gus", "Hal"):
        await pair.join_as_host(host)
    assert await pair.look() == 2
    assert await companions_of(pair) == {"ada.byron": "bo", "bo": "ada.byron"}
    await pair.join("Cy")
    assert [await pair.look(AT + MINUTE), await pair.look(AT + 2 * MINUTE)] == [2, 0]
    companions = await companions_of(pair)
    assert companions["cy"] in ("gus", "hal")
    assert companions[companions["cy"]] == "cy"


async def test_newcomers_who_must_be_apart_have_a_host_each(pair: Pair) -> None:
    await pair.begin()
    await pair.change(WRONG["blocked the other"])
    for host in ("Gus", "Hal", "Ida"):
        await pair.join_as_host(host)
    assert await pair.look() == 4
    companions = await companions_of(pair)
    assert {companions["ada.byron"], companions["bo"]} < {"gus", "hal", "ida"}
    assert all(companions[companions[person]] == person for person in companions)


@pytest.mark.parametrize(("of", "name", "sql"), CASES, ids=ids(CASES))
async def test_one_thing_that_is_not_right_about_one_of_them_keeps_both_letters_back(pair: Pair, of: str, name: str, sql: str) -> None:
    await pair.begin_with_host()
    await change(pair, of, sql)
    assert await pair.look() == 0
    assert await pair.admin.fetchval("SELECT count(*) FROM companion") == 0


@pytest.mark.parametrize(("of", "name", "sql"), [*CASES, *GONE_CASES], ids=ids([*CASES, *GONE_CASES]))
async def test_a_letter_whose_ground_fell_away_in_the_queue_never_leaves(pair: Pair, send: Deliver, of: str, name: str, sql: str) -> None:
    await pair.begin_with_host()
    assert await pair.look() == 2
    await change(pair, of, sql)
    assert (await send(at=AT)).sent == 0


async def test_letters_leave_while_everything_is_right(pair: Pair, send: Deliver) -> None:
    await pair.begin_with_host()
    assert await pair.look() == 2
    assert (await send(at=AT)).sent == 2


async def test_a_visit_called_good_by_nobody_counts_and_three_good_ones_beside_a_bad_one_do(pair: Pair) -> None:
    await pair.begin_with_host()
    await pair.change(OF_HOST["did not like one"])
    assert await pair.look() == 0
    await pair.join_as_host("Gus", visits=(-1, None, None, None))
    assert await pair.look(AT + MINUTE) == 2
    assert (await companions_of(pair))["ada.byron"] == "gus"


@pytest.mark.parametrize("silent", ["ada", "bo"])
async def test_names_are_told_where_both_gave_theirs(pair: Pair, silent: str) -> None:
    await pair.begin_with_host()
    await pair.change(GONE["no name"], getattr(pair, silent))
    assert await pair.look() == 2
    for content in (await pair.letters()).values():
        assert "Neither of you is told the name of the other." in content.text
        assert not any(f"{name} " in content.text for name in ("Ada", "Bo"))


async def test_at_a_sensitive_group_nobody_is_named_and_the_subject_does_not_name_it(pair: Pair) -> None:
    await pair.begin_with_host(title="Grief support group", topics=("grief",))
    assert await pair.look() == 2
    for content in (await pair.letters()).values():
        assert "Neither of you is told the name" in content.text
        assert "Grief" not in content.subject


async def test_many_looks_at_once_write_one_letter_to_each(pair: Pair) -> None:
    await pair.begin_with_host()
    for name in ("Cy", "Di"):
        await pair.join(name)
    for name in ("Gus", "Hal"):
        await pair.join_as_host(name)
    assert sum(await asyncio.gather(*(pair.look() for _ in range(4)))) == 4
    letters = await pair.admin.fetch("SELECT resident_id FROM letter WHERE kind = 'company'")
    assert set(Counter(row["resident_id"] for row in letters).values()) == {1}
    assert await pair.admin.fetchval("SELECT count(DISTINCT other_id) FROM companion WHERE welcome_host_id IS NOT NULL") == 2


async def test_a_host_is_not_asked_twice_for_one_date(pair: Pair) -> None:
    await pair.begin_with_host()
    assert await pair.look() == 2
    await pair.change(WRONG["given back"], pair.ada)
    await pair.join("Cy")
    assert await pair.look(AT + MINUTE) == 0


async def test_a_newcomer_waits_for_another_who_is_not_awake_yet(pair: Pair) -> None:
    """Ada wakes at nine in New York; who is new in Honolulu wakes five hours later. The host is awake all the while."""
    await pair.begin(zones=("America/New_York", "Pacific/Honolulu"))
    await pair.join_as_host("Gus")
    looks = {at: await pair.look(at) for at in (BEGINS - 48 * HOUR + hours * HOUR for hours in range(9))}
    assert {at: written for at, written in looks.items() if written} == {BEGINS - 44 * HOUR: 2}
    assert "gus" not in await companions_of(pair)


async def test_a_host_who_is_new_elsewhere_is_a_newcomer_there(pair: Pair) -> None:
    await pair.begin_with_host()
    await pair.admin.execute("UPDATE consent SET purpose = 'company' WHERE resident_id = $1 AND purpose = 'company_name'", pair.bo)
    assert await pair.look() == 2
    assert (await pair.letters())[pair.bo].subject == "Somebody new is coming: Garden morning"
    await pair.change("DELETE FROM companion; DELETE FROM letter; DELETE FROM answer WHERE answer = 'attended'")
    assert await pair.look() == 2
    assert (await pair.letters())[pair.bo].subject == "Somebody else is new, too: Garden morning"


async def test_a_host_who_presses_the_button_is_asked_no_more(pair: Pair, db: Database, send: Deliver) -> None:
    await pair.begin_with_host()
    assert await pair.look() == 2
    async with db.transaction() as conn:
        await leave(conn, Link(Purpose.COMPANY, pair.bo, NOBODY, 0), now=AT)
    assert (await send(at=AT)).sent == 0
    living = await pair.admin.fetch("SELECT purpose FROM consent WHERE resident_id = $1 AND withdrawn_at IS NULL", pair.bo)
    assert [row["purpose"] for row in living] == ["digest"]


async def test_nobody_is_named_where_one_has_no_name_to_tell(pair: Pair) -> None:
    await pair.begin_with_host()
    sealed = VAULT.seal("bo@example.org", place="resident.name", row=pair.bo)
    await pair.admin.execute("UPDATE resident SET name = $2 WHERE id = $1", pair.bo, sealed)
    assert await pair.look() == 2
    assert all("Neither of you is told the name" in content.text for content in (await pair.letters()).values())
