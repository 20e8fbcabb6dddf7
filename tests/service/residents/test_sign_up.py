"""Signing up: one answer for everybody, sealed fields, one letter a day, and links that may be pressed twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from service.crypto import Vault
from service.db import Database
from service.errors import Gone, Invalid
from service.forms import actions as forms
from service.mail.actions import open_content
from service.organizations import actions as organizations
from service.organizations.model import NewOrganization
from service.places.places import Places
from service.residents import actions, letters
from service.residents.actions import SignUpContext
from service.residents.model import Consented, SignUp, SignUpSource
from service.tokens import NOBODY, Link, Purpose, Tokens
from tests.rows import first_row

KEYS = [b"a secret of the tests, long enough for a key"]
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CONTEXT = SignUpContext(Vault(KEYS), Tokens(KEYS), Places(), "http://127.0.0.1:1")
CONSENT = [Consented(purpose="digest", version=1, language="en", wording="Yes, write to me.")]


@pytest.fixture
async def source(worker_db: Database) -> SignUpSource:
    async with worker_db.transaction() as conn:
        new = NewOrganization(kind="partner", slug="invented-clinic", name="Invented Clinic", postal_address="1 Mill Street", zip="43604")
        partner = await organizations.create(conn, new=new, places=Places(), now=NOW)
        await forms.create(conn, organization=partner, slug="invented-clinic", title="Hello", intro="", now=NOW)
        form = await forms.find(conn, "invented-clinic")
    return SignUpSource(form_id=form.id, organization_id=partner.id, partner=partner.name, source="form")


async def sign_up(db: Database, source: SignUpSource, now: datetime = NOW, **fields: object) -> None:
    wishes = SignUp(**({"email": "Ines@residents.example.org", "zip": "43604", "consent": ["digest"]} | fields))  # type: ignore[arg-type]
    async with db.transaction() as conn:
        await actions.sign_up(conn, CONTEXT, submission=wishes, source=source, consents=CONSENT, now=now)


async def links_of(admin: asyncpg.Connection) -> list[Link]:
    """The confirmation links of the sign-ups that wait, oldest first."""
    rows = await admin.fetch("SELECT resident_id, id FROM sign_up ORDER BY id")
    return [Link(Purpose.CONFIRM, row["resident_id"], row["id"], 0) for row in rows]


async def confirm(db: Database, link: Link, now: datetime = NOW) -> None:
    async with db.transaction() as conn:
        await actions.confirm(conn, CONTEXT, link, now=now)


async def test_until_its_address_answers_a_sign_up_is_a_sealed_row_and_one_letter(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    await sign_up(db, source, words="I like chair yoga", needs=["seated"], lat=61.2, lon=-149.9, zip="")
    assert await admin.fetchval("SELECT status FROM resident") == "unconfirmed"
    assert await admin.fetchval("SELECT kind FROM letter") == "confirm"
    for table in ("profile", "consent", "enrollment", "pseudonym"):
        assert await admin.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await admin.fetchval("SELECT count(*) FROM region") == 1
    assert "yoga" not in str(await admin.fetchval("SELECT encode(content, 'escape') FROM sign_up"))


async def test_a_confirmed_sign_up_is_kept_with_its_consent(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source, words="I like chair yoga", needs=["seated"], name="Ines", language="es")
    [link] = await links_of(admin)
    await confirm(db, link, NOW + timedelta(hours=3))
    consent = await first_row(admin, "SELECT wording, given_at, source, form_id FROM consent")
    assert tuple(consent) == ("Yes, write to me.", NOW, "form", source.form_id)
    assert await admin.fetchval("SELECT organization_id FROM enrollment") == source.organization_id
    assert await admin.fetchval("SELECT cardinality(topics) FROM profile") > 0
    resident = await first_row(admin, "SELECT id, status, name, language, zone FROM resident")
    assert tuple(resident)[1::2] == ("active", "es")
    assert resident["zone"] == "America/New_York"
    assert CONTEXT.vault.open(resident["name"], place="resident.name", row=resident["id"]) == "Ines"
    assert await admin.fetchval("SELECT count(*) FROM sign_up") == 0


@pytest.mark.parametrize("pressed", [0, 1])
async def test_a_link_confirms_what_its_own_sender_typed_whoever_typed_the_address_before_or_after(
    db: Database, source: SignUpSource, admin: asyncpg.Connection, pressed: int
) -> None:
    typed = [{"cost_cents": 500, "name": "Ines", "zip": "43604"}, {"cost_cents": 0, "name": "Not Ines", "zip": "10001"}]
    for minutes, wishes in enumerate(typed):
        await sign_up(db, source, now=NOW + timedelta(minutes=minutes), **wishes)
    links = await links_of(admin)
    assert await admin.fetchval("SELECT count(*) FROM letter") == len(links) == 2
    await confirm(db, links[pressed])
    row = await first_row(admin, "SELECT r.id, r.name, p.cost_cents, p.zip FROM resident AS r, profile AS p")
    name = CONTEXT.vault.open(row["name"], place="resident.name", row=row["id"])
    assert {"cost_cents": row["cost_cents"], "name": name, "zip": row["zip"]} == typed[pressed]
    await confirm(db, links[1 - pressed], NOW + timedelta(hours=1))
    assert await first_row(admin, "SELECT r.id, r.name, p.cost_cents, p.zip FROM resident AS r, profile AS p") == row
    assert await admin.fetchval("SELECT count(*) FROM consent") == 1


async def test_tags_of_one_mailbox_share_its_three_letters_a_day(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    for tag in range(8):
        await sign_up(db, source, email=f"ines+{tag}@residents.example.org")
    assert await admin.fetchval("SELECT count(*) FROM letter") == 3
    for tag in range(8):
        await sign_up(db, source, now=NOW + timedelta(days=1), email=f"ines+{tag}@residents.example.org", name="again")
    assert await admin.fetchval("SELECT count(*) FROM letter") == 6
    await sign_up(db, source, now=NOW + timedelta(days=2), email="INES@residents.example.org")
    assert await admin.fetchval("SELECT count(*) FROM letter") == 6


async def test_two_sign_ups_of_a_new_address_at_once_are_one_person(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await asyncio.gather(*(sign_up(db, source, name=f"Ines {number}") for number in range(6)))
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == await admin.fetchval("SELECT count(*) FROM sign_up") == 3


async def test_what_is_turned_down_is_kept_as_disliked_and_never_as_a_wish(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    await sign_up(db, source, words="I love gardening. No bingo please, and I can't swim.")
    await confirm(db, (await links_of(admin))[0])
    assert tuple(await first_row(admin, "SELECT topics, disliked FROM profile")) == (["gardening"], ["bingo"])


async def test_what_is_wished_for_in_the_sign_up_that_is_confirmed_counts(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    await sign_up(db, source, words="No bingo please")
    await sign_up(db, source, words="Bingo!", now=NOW + timedelta(days=2))
    await confirm(db, (await links_of(admin))[1], NOW + timedelta(days=2))
    assert tuple(await first_row(admin, "SELECT topics, disliked FROM profile")) == (["bingo"], [])


async def test_a_box_that_is_ticked_outweighs_a_refusal_in_words(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source, words="no bingo", interests=["bingo"])
    await confirm(db, (await links_of(admin))[0])
    assert tuple(await first_row(admin, "SELECT topics, disliked FROM profile")) == (["bingo"], [])


async def test_no_address_and_no_name_stands_in_the_tables_in_clear(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source, name="Inesita")
    for table in ("resident", "letter", "sign_up", "form_use", "sign_up_use"):
        for row in await admin.fetch(f"SELECT t::text AS line FROM {table} AS t"):
            raw = row["line"].lower()
            assert "ines@" not in raw
            assert "inesita" not in raw
            assert b"ines@residents".hex() not in raw


async def test_a_known_address_gets_no_second_letter_the_same_day_and_three_in_all(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    for hours in (0, 1, 25, 26, 50, 75, 100, 125):
        await sign_up(db, source, now=NOW + timedelta(hours=hours), email="ines@RESIDENTS.example.org")
    assert await admin.fetchval("SELECT count(*) FROM resident") == 1
    assert await admin.fetchval("SELECT count(*) FROM letter") == 3


async def test_the_same_sign_up_again_is_written_to_once_a_day(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    written = []
    for hours in (0, 1, 23, 24, 25):
        await sign_up(db, source, now=NOW + timedelta(hours=hours))
        written.append(await admin.fetchval("SELECT count(*) FROM letter"))
    assert written == [1, 1, 1, 2, 2]


async def test_a_member_whose_address_is_typed_again_is_written_to_once_a_day(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    await sign_up(db, source)
    await confirm(db, (await links_of(admin))[0])
    written = []
    for hours in (1, 24, 25, 47, 48):
        await sign_up(db, source, now=NOW + timedelta(hours=hours), name=f"a stranger {hours}")
        written.append(await admin.fetchval("SELECT count(*) FROM letter WHERE kind = 'link'"))
    assert written == [0, 1, 1, 1, 2]


async def test_a_stranger_who_types_a_members_address_changes_nothing_of_theirs(
    db: Database, source: SignUpSource, admin: asyncpg.Connection
) -> None:
    await sign_up(db, source, cost_cents=500)
    await confirm(db, (await links_of(admin))[0])
    await sign_up(db, source, now=NOW + timedelta(days=2), cost_cents=0)
    assert await admin.fetchval("SELECT cost_cents FROM profile") == 500


async def test_confirming_twice_is_the_same_as_once(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    for minutes in (0, 5):
        await confirm(db, link, NOW + timedelta(minutes=minutes))
    assert await admin.fetchval("SELECT confirmed_at FROM resident") == NOW


async def test_a_stop_takes_back_consent_and_is_undone_by_the_person(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    await confirm(db, link)
    for _ in range(2):
        async with db.transaction() as conn:
            await actions.stop(conn, link, now=NOW)
    assert await admin.fetchval("SELECT status FROM resident") == "stopped"
    assert await admin.fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 1
    async with db.transaction() as conn:
        await actions.restart(conn, link, now=NOW + timedelta(hours=1))
    assert await admin.fetchval("SELECT status FROM resident") == "active"
    assert await admin.fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 1
    assert await admin.fetchval("SELECT count(*) FROM suppression") == 0


async def test_links_of_an_older_epoch_are_over(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    await admin.execute("UPDATE resident SET link_epoch = 1")
    with pytest.raises(Gone):
        await confirm(db, link)


async def test_a_link_of_a_sign_up_that_nobody_kept_is_over(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    await sign_up(db, source, email="otto@residents.example.org")
    foreign = {other.subject_id for other in await links_of(admin)} - {link.subject_id}
    for subject in (NOBODY, *foreign):
        with pytest.raises(Gone):
            await confirm(db, msgspec.structs.replace(link, subject_id=subject))
    assert await admin.fetchval("SELECT count(*) FROM resident WHERE status = 'unconfirmed'") == 2


async def test_of_people_under_eighteen_nothing_is_kept(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    with pytest.raises(Invalid):
        await sign_up(db, source, age="under_18")
    assert await admin.fetchval("SELECT count(*) FROM resident") == 0


async def test_one_resident_never_sees_another(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    await sign_up(db, source, email="otto@residents.example.org")
    async with db.transaction(resident_id=await admin.fetchval("SELECT id FROM resident LIMIT 1")) as conn:
        assert await conn.fetchval("SELECT count(*) FROM sign_up") == 1
    for link in await links_of(admin):
        await confirm(db, link)
    somebody = await admin.fetchval("SELECT id FROM resident LIMIT 1")
    async with db.transaction(resident_id=somebody) as conn:
        for table in ("resident", "profile", "consent", "pseudonym", "letter"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 1
    async with db.transaction(organization_id=source.organization_id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM resident") == 0
        assert await conn.fetchval("SELECT count(*) FROM enrollment") == 2


@pytest.mark.parametrize(("stopped", "words"), [(False, "You are signed up already"), (True, "You stopped our letters, so you get none")])
async def test_a_known_address_is_told_what_is_so(
    db: Database, source: SignUpSource, admin: asyncpg.Connection, stopped: bool, words: str
) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    await confirm(db, link)
    if stopped:
        async with db.transaction() as conn:
            await actions.stop(conn, link, now=NOW)
    await sign_up(db, source, now=NOW + timedelta(days=2))
    letter = await first_row(admin, "SELECT id, content FROM letter WHERE kind = 'link'")
    assert words in open_content(CONTEXT.vault, letter["content"], letter_id=letter["id"], language="en").text


@pytest.mark.parametrize("reason", ["bounced", "complained"])
async def test_undoing_a_stop_forgives_no_bounce(db: Database, source: SignUpSource, admin: asyncpg.Connection, reason: str) -> None:
    """What the mail server or the person's provider said stays, whether it was said before the stop or after."""
    await sign_up(db, source)
    [link] = await links_of(admin)
    await confirm(db, link)
    await admin.execute("INSERT INTO suppression SELECT email_index, $1, $2 FROM resident", reason, NOW)
    async with db.transaction() as conn:
        await actions.stop(conn, link, now=NOW + timedelta(hours=1))
    assert await admin.fetchval("SELECT reason FROM suppression") == reason
    async with db.transaction() as conn:
        await actions.restart(conn, link, now=NOW + timedelta(hours=2))
    assert await admin.fetchval("SELECT reason FROM suppression") == reason


async def test_a_link_of_an_epoch_that_never_was_is_over(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    """A row brought back from an old copy counts fewer withdrawals than the links that are out: none of them opens it."""
    await sign_up(db, source)
    [link] = await links_of(admin)
    with pytest.raises(Gone):
        await confirm(db, msgspec.structs.replace(link, epoch=1))


async def test_who_stopped_is_not_paused_on_top(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    [link] = await links_of(admin)
    await confirm(db, link)
    async with db.transaction() as conn:
        await actions.pause(conn, link, until=NOW + timedelta(days=14))
    async with db.transaction() as conn:
        await actions.stop(conn, link, now=NOW)
        await actions.pause(conn, link, until=NOW + timedelta(days=28))
    assert await admin.fetchval("SELECT paused_until FROM resident") is None
    async with db.transaction() as conn:
        await actions.restart(conn, link, now=NOW)
    assert await admin.fetchval("SELECT (status, paused_until) IS NOT DISTINCT FROM ('active', NULL::timestamptz) FROM resident")


async def test_a_confirmation_link_works_for_seven_days(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    await sign_up(db, source)
    row = await first_row(admin, "SELECT id, content FROM letter")
    assert row
    text = open_content(CONTEXT.vault, row["content"], letter_id=row["id"], language="en").text
    token = next(word for word in text.split() if "/confirm/" in word).rsplit("/", 1)[1]
    last = NOW + actions.CONFIRM_LIFE
    assert CONTEXT.tokens.read(token, now=last - timedelta(seconds=1), purposes=[Purpose.CONFIRM])
    with pytest.raises(Gone):
        CONTEXT.tokens.read(token, now=last, purposes=[Purpose.CONFIRM])


async def test_the_first_wording_of_a_consent_stays_the_proof(db: Database, source: SignUpSource, admin: asyncpg.Connection) -> None:
    twice = [*CONSENT, msgspec.structs.replace(CONSENT[0], version=2, wording="Yes, write to me, and sell my address.")]
    async with db.transaction() as conn:
        submission = SignUp(email="ines@residents.example.org", zip="43604", consent=["digest"])
        await actions.sign_up(conn, CONTEXT, submission=submission, source=source, consents=twice, now=NOW)
    [link] = await links_of(admin)
    await confirm(db, link)
    assert [tuple(row) for row in await admin.fetch("SELECT version, wording FROM consent")] == [(1, "Yes, write to me.")]


@pytest.mark.parametrize("partner", ["Riverton Cancer Center", "HIV Clinic", "LGBTQ Seniors Group", "Grief Support House"])
def test_no_subject_names_a_partner_who_says_what_somebody_lives_with(partner: str) -> None:
    letter = letters.confirm("https://doorstep.example.org/confirm/1", "en", partner=partner)
    assert letter.subject == "Please confirm your sign-up"
    assert partner in letter.text
    assert "Riverton Library" in letters.confirm("https://doorstep.example.org/confirm/1", "en", partner="Riverton Library").subject
