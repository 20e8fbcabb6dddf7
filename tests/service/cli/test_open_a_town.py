"""Towns, organizations, forms, keys and people by command: the same again is harmless, and every refusal says what to do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import asyncpg
import pytest

from service.db import Database
from service.errors import Conflict, Gone, Invalid, Missing, Unauthenticated
from service.organizations import actions, keys
from service.places.places import Places
from tests.service.cli.conftest import Command

TOWN = "town open Riverton --zip 43604"
CENTER = 'organization create "Riverton Hall" --kind center --slug riverton-hall --zip 43604 --address "12 Mill Street, Riverton"'
PARTNER = 'organization create "Riverton Library" --kind partner --slug riverton-library --zip 43604 --address "3 Mill Street, Riverton"'
FORM = 'form create --organization riverton-library --slug riverton --title "Meet your neighbors"'


async def run_all(command: Command, *lines: str) -> None:
    for line in lines:
        ended = await command(line)
        assert ended.code == 0, f"{line}: {ended.err}"


@pytest.mark.parametrize("again", [TOWN, "town open 'riverton ' --zip 43604", "town open Riverton --zip 43615"])
async def test_a_town_is_opened_once(command: Command, admin: asyncpg.Connection, again: str) -> None:
    first, second = (await command(f"{TOWN} --json")).answer, (await command(f"{again} --json")).answer
    assert (first.pop("created"), second.pop("created")) == (True, False)
    assert first == second
    assert (first["slug"], first["zone"]) == ("riverton", "America/New_York")
    assert await admin.fetchval("SELECT count(*) FROM region") == 1


async def test_a_second_name_for_a_place_and_a_second_place_for_a_name_are_refused(command: Command, admin: asyncpg.Connection) -> None:
    await run_all(command, TOWN)
    here, elsewhere = await command("town open Milltown --zip 43605"), await command("town open Riverton --zip 10001")
    assert (here.code, elsewhere.code) == (1, 1)
    assert here.err.startswith("43605 lies in the town Riverton (`riverton`)")
    assert "more than 60 km" in elsewhere.err
    assert await admin.fetchval("SELECT count(*) FROM region") == 1


async def test_every_fault_is_named_at_once(command: Command, admin: asyncpg.Connection) -> None:
    town = await command('town open " " --zip 00000')
    place = await command(f'organization create "" --kind center --slug "Not A Slug" --zip 00000 --address "{"x" * 301}" --website nowhere')
    form = await command("form create --organization nobody --slug Ö --title ''")
    assert [town.code, place.code, form.code] == [1, 1, 1]
    assert re.findall(r"^  (?:NAME or )?(--[a-z-]+):", town.err, re.M) == ["--name", "--zip"]
    assert set(re.findall(r"^  (?:NAME or )?(--[a-z-]+):", place.err, re.M)) == {"--name", "--slug", "--zip", "--address", "--website"}
    assert set(re.findall(r"^  (?:NAME or )?(--[a-z-]+):", form.err, re.M)) == {"--slug", "--title"}
    assert await admin.fetchval("SELECT count(*) FROM organization") == 0


async def test_an_organization_far_from_every_town_opens_none_by_itself(command: Command, admin: asyncpg.Connection) -> None:
    refused = await command(CENTER)
    assert (refused.code, refused.err) == (
        1, "No town is open within 60 km of Toledo, OH (43604). Open one with: doorstep town open NAME --zip 43604",
    )  # fmt: skip
    assert await admin.fetchval("SELECT count(*) FROM region") == 0


async def test_an_organization_is_made_once(command: Command, admin: asyncpg.Connection) -> None:
    await run_all(command, TOWN)
    first, second = (await command(f"{CENTER} --json")).answer, (await command(f"{CENTER} --json")).answer
    assert (first.pop("created"), second.pop("created")) == (True, False)
    assert first == second
    assert first["town"] == "riverton"


@pytest.mark.parametrize(
    "other",
    [
        CENTER.replace("Riverton Hall", "Riverton House"),
        CENTER.replace("12 Mill", "13 Mill"),
        CENTER.replace("43604", "43615"),
        f"{CENTER} --website https://hall.example.org",
    ],
)
async def test_other_facts_are_named_and_the_command_that_is_named_changes_them(command: Command, other: str) -> None:
    await run_all(command, TOWN, CENTER)
    refused = await command(other)
    assert refused.code == 1
    assert "it is not the same. Nothing was changed." in refused.err
    named = refused.err.split("Change it with: doorstep ", 1)[1]
    await run_all(command, named)
    assert (await command(f"{other} --json")).answer["created"] is False


async def test_a_kind_never_changes(command: Command) -> None:
    await run_all(command, TOWN, CENTER)
    refused = await command(CENTER.replace("center", "partner"))
    assert (refused.code, "kind: it is center, you gave partner" in refused.err, "--slug" in refused.err) == (1, True, True)


async def test_a_form_is_made_once_and_lets_only_named_sites_frame_it(command: Command) -> None:
    await run_all(command, TOWN, PARTNER)
    made = (await command(f"{FORM} --frame-origin https://Library.example.org/ --json")).answer
    assert (made["created"], made["origins"], made["url"]) == (True, ["https://library.example.org"], "http://doorstep.local/f/riverton")
    again = await command(f"{FORM} --frame-origin https://library.example.org --json")
    assert again.answer["created"] is False
    other = await command(f"{FORM} --frame-origin https://two.example.org")
    assert "origins: it is https://library.example.org, you gave https://two.example.org" in other.err
    await run_all(command, other.err.split("Change it with: doorstep ", 1)[1])
    [listed] = (await command("form list --organization riverton-library --json")).answer
    assert listed["origins"] == ["https://two.example.org"]
    emptied = (await command("form edit riverton --no-frame-origins --json")).answer
    assert (emptied["origins"], emptied["title"]) == ([], "Meet your neighbors")


async def test_the_form_of_another_organization_is_not_taken(command: Command) -> None:
    await run_all(command, TOWN, PARTNER, FORM, PARTNER.replace("riverton-library", "riverton-clinic"))
    refused = await command(FORM.replace("riverton-library", "riverton-clinic"))
    assert (refused.code, "belongs to somebody else" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("line", "helps"),
    [
        (FORM, "doorstep organization create"),
        ("key create --organization riverton-library --scope signups:write", "doorstep organization create"),
        ("staff list --organization riverton-library", "doorstep organization create"),
        ("staff invite ana@example.org --organization riverton-library --role owner", "doorstep organization create"),
        ("organization edit riverton-library --name Other", "doorstep organization create"),
        ("organization close riverton-library", "doorstep organization create"),
        ("form edit nowhere --title Other", "doorstep form create"),
        ("key rotate abcdefgh", "doorstep key list"),
        ("key revoke abcdefgh", "doorstep key list"),
        ("match --region nowhere --week 2026-W48", "doorstep town list"),
    ],
)
async def test_what_is_not_there_is_named_with_the_command_that_makes_it(command: Command, line: str, helps: str) -> None:
    refused = await command(line)
    assert refused.code == 1
    assert helps in refused.err


async def test_a_key_is_shown_once(command: Command) -> None:
    await run_all(command, TOWN, CENTER)
    create = "key create --organization riverton-hall --scope activities:write"
    shown = await command(create)
    assert re.fullmatch(r"doorstep_[a-z0-9]{8}_[A-Za-z0-9_-]{43}\n", shown.out)
    again = await command(create)
    assert (again.code, again.out, shown.out.split("_")[1] in again.err) == (0, "", True)
    assert (await command(f"{create} --json")).answer["key"] is None
    assert (await command(f"{create} --another --json")).answer["created"] is True
    assert shown.out.strip() not in (await command("key list --json")).out


async def test_unknown_rights_are_answered_with_those_there_are(command: Command) -> None:
    await run_all(command, TOWN, CENTER)
    refused = await command("key create --organization riverton-hall --scope everything")
    assert (refused.code, "--scope" in refused.err, "activities:write, roster:read" in refused.err) == (1, True, True)


async def test_a_rotated_key_lives_for_the_overlap_and_a_second_rotation_is_refused(command: Command) -> None:
    await run_all(command, TOWN, CENTER)
    old = (await command("key create --organization riverton-hall --scope activities:write --json")).answer
    new = (await command(f"key rotate {old['key']} --overlap-hours 2 --json")).answer
    assert (new["replaces"], new["scopes"]) == (old["id"], old["scopes"])
    refused = await command(f"key rotate {old['id']}")
    assert (refused.code, f"doorstep key rotate {new['id']}" in refused.err) == (1, True)
    states = {row["id"]: row["state"] for row in (await command("key list --organization riverton-hall --json")).answer}
    assert states == {old["id"]: "replaced", new["id"]: "works"}
    await run_all(command, f"key revoke {new['id']}", f"key revoke {new['id']}")
    over = await command(f"key rotate {new['id']}")
    assert (over.code, "doorstep key create --organization riverton-hall" in over.err) == (1, True)


@pytest.mark.parametrize(("overlap", "later", "works"), [(24, 23.9, True), (24, 24, False), (0, 0, False), (168, 167, True)])
async def test_a_replaced_key_ends_with_its_overlap(
    command: Command, worker_db: Database, now: datetime, overlap: int, later: float, works: bool
) -> None:
    await run_all(command, TOWN, CENTER)
    async with worker_db.transaction() as conn:
        place = await actions.find(conn, "riverton-hall")
        old, _ = await keys.issue(conn, organization=place, scopes=["activities:write"], now=now)
        new = await keys.rotate(conn, organization_id=place.id, key_id=old.id, now=now, overlap=timedelta(hours=overlap))
    assert await _opens(worker_db, new.key, now + timedelta(hours=later))
    assert await _opens(worker_db, old.key, now + timedelta(hours=later)) is works


async def _opens(database: Database, key: str | None, now: datetime) -> bool:
    assert key
    async with database.transaction() as conn:
        try:
            await keys.verify(conn, key=key, now=now)
        except Unauthenticated:
            return False
    return True


async def test_a_key_of_another_place_cannot_be_rotated_or_revoked(command: Command, worker_db: Database, now: datetime) -> None:
    await run_all(command, TOWN, CENTER, PARTNER)
    async with worker_db.transaction() as conn:
        ours, theirs = await actions.find(conn, "riverton-hall"), await actions.find(conn, "riverton-library")
        key, _ = await keys.issue(conn, organization=theirs, scopes=["signups:write"], now=now)
        with pytest.raises(Missing):
            await keys.rotate(conn, organization_id=ours.id, key_id=key.id, now=now)
        with pytest.raises(Missing):
            await keys.revoke(conn, organization_id=ours.id, key_id=key.id, now=now)
        for hours in (-1, 169):
            with pytest.raises(Invalid):
                await keys.rotate(conn, organization_id=theirs.id, key_id=key.id, now=now, overlap=timedelta(hours=hours))


async def test_people_are_invited_listed_and_removed_but_the_last_owner_stays(command: Command) -> None:
    await run_all(command, TOWN, CENTER)
    where = "--organization riverton-hall"
    invited = (await command(f"staff invite Ana@example.org {where} --role owner --json")).answer
    assert invited["link"].startswith("http://doorstep.local/sign-in/")
    await run_all(command, f"staff invite ben@example.org {where} --role host")
    people = (await command(f"staff list {where} --json")).answer
    assert [(row["email"], row["role"]) for row in people] == [("Ana@example.org", "owner"), ("ben@example.org", "host")]

    for line in (f"staff remove ana@example.org {where}", f"staff invite ana@example.org {where} --role staff"):
        refused = await command(line)
        assert (refused.code, "--role owner" in refused.err) == (1, True)
    await run_all(command, f"staff invite ben@example.org {where} --role owner", f"staff remove ANA@example.org {where}")
    assert [row["email"] for row in (await command(f"staff list {where} --json")).answer] == ["ben@example.org"]
    unknown = await command(f"staff remove ana@example.org {where}")
    assert (unknown.code, f"doorstep staff list {where}" in unknown.err) == (1, True)


@pytest.mark.parametrize(
    ("email", "role", "says"),
    [("nobody", "owner", "EMAIL: "), ("a@example.org, b@example.org", "owner", "EMAIL: "), ("ana@example.org", "operator", "operator")],
)
async def test_an_invitation_that_cannot_be_mailed_or_given_is_refused(
    command: Command, admin: asyncpg.Connection, email: str, role: str, says: str
) -> None:
    await run_all(command, TOWN, CENTER)
    refused = await command(f"staff invite '{email}' --organization riverton-hall --role {role}")
    assert (refused.code, says in refused.err) == (1, True)
    assert await admin.fetchval("SELECT count(*) FROM staff") == await admin.fetchval("SELECT count(*) FROM letter") == 0


async def test_lists_are_read_by_people_and_by_programs(command: Command) -> None:
    empty = await command("organization list")
    await run_all(command, TOWN, PARTNER, CENTER)
    listed = await command("organization list --kind center")
    assert empty.out.splitlines() == ["slug\tkind\tname\ttown\tzip\tpostal address\twebsite\tclosed at"]
    assert listed.out.splitlines()[1:] == ["riverton-hall\tcenter\tRiverton Hall\triverton\t43604\t12 Mill Street, Riverton\t\t"]
    assert [row["slug"] for row in (await command("organization list --json")).answer] == ["riverton-hall", "riverton-library"]


async def test_a_change_of_place_moves_the_organization_and_leaves_the_rest(command: Command, worker_db: Database) -> None:
    await run_all(command, TOWN, CENTER, "organization edit riverton-hall --zip 43615")
    async with worker_db.transaction() as conn:
        place = await actions.find(conn, "riverton-hall")
    there = Places().find("43615")
    assert (place.zip, place.lat, place.lon, place.name) == ("43615", there.lat, there.lon, "Riverton Hall")
    far = await command("organization edit riverton-hall --zip 10001")
    assert (far.code, "doorstep town open NAME --zip 10001" in far.err) == (1, True)


async def test_two_towns_that_open_at_once_near_each_other_are_one(worker_db: Database) -> None:
    from service.places.regions import open_town

    async with worker_db.transaction() as first:
        await open_town(first, name="Riverton", zip_code="43604", places=Places())
        waits = worker_db.transaction()
        async with waits as second:
            await second.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await open_town(second, name="Milltown", zip_code="43605", places=Places())
    async with worker_db.transaction() as third:
        with pytest.raises(Conflict):
            await open_town(third, name="Milltown", zip_code="43605", places=Places())


async def test_a_closed_place_is_opened_again_by_the_command_that_is_named(command: Command, worker_db: Database) -> None:
    await run_all(command, TOWN, CENTER, "organization close riverton-hall", "organization close riverton-hall")
    for line in (CENTER, "key create --organization riverton-hall --scope activities:write", "organization edit riverton-hall --name X",
                 "staff invite ana@example.org --organization riverton-hall --role owner"):  # fmt: skip
        refused = await command(line)
        assert (refused.code, "doorstep organization edit riverton-hall --reopen" in refused.err) == (1, True), line
    async with worker_db.transaction() as conn:
        with pytest.raises(Gone):
            await actions.find_open(conn, "riverton-hall")
    reopened = (await command("organization edit riverton-hall --reopen --json")).answer
    assert (reopened["reopened"], reopened["closed_at"]) == (True, None)
    await run_all(command, CENTER)
