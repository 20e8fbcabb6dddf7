"""What nobody may do at a center that is not theirs, whatever they send."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import asyncpg
import pytest

from service.crypto import hash_secret
from service.db import Database
from service.web.form_token import QUICKEST, FormTokens
from tests.service.centers.conftest import enter, token_on
from tests.service.centers.test_pages import CHAIR_YOGA, everything
from tests.service.mail.neighbors import SECRET, Town, make_session
from tests.service.visitor import Browser

OWN, FOREIGN = "/center/riverton-center", "/center/hillside-center"


async def test_a_foreign_center_looks_like_one_that_is_not_there(staff: Browser, elsewhere: Town) -> None:
    foreign, missing = [await staff.get(path) for path in (f"{FOREIGN}/", "/center/never-was/")]
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text.replace("hillside-center", "never-was") == missing.text


async def test_another_centers_rows_cannot_be_seen_or_touched(
    staff: Browser, admin: asyncpg.Connection, elsewhere: Town, now: datetime
) -> None:
    """Their published rows may be read by everybody; through the pages of one's own center they are not there at all."""
    theirs = await make_session(admin, elsewhere, now=now, slug="theirs", title="Their table", capacity=5)
    hidden = await make_session(admin, elsewhere, now=now, slug="hidden", title="Their draft", status="draft")
    token = await token_on(staff, f"{OWN}/activities/new")
    before = await everything(admin)
    for date in (theirs, hidden):
        for base in (OWN, FOREIGN):
            pages = [f"{base}/activities/{date.activity_id}{page}" for page in ("", "/edit", "/end")]
            pages += [f"{base}/sessions/{date.id}{page}" for page in ("", "/cancel")]
            for path in pages:
                seen = await staff.get(path)
                assert seen.status_code == 404, path
                assert "Their" not in seen.text
            posts = [f"{base}/activities/{date.activity_id}{page}" for page in ("/edit", "/status", "/end")]
            posts += [f"{base}/sessions/{date.id}{page}" for page in ("/cancel", "/capacity")]
            for path in posts:
                fields = {**CHAIR_YOGA, "form_token": token, "sequence": "0", "to": "draft", "capacity": "1", "sure": "yes"}
                assert (await staff.post(path, data=fields)).status_code == 404, path
    assert "Their" not in (await staff.get(f"{OWN}/")).text
    assert await everything(admin) == before


async def test_a_foreign_and_a_missing_id_are_told_apart_by_nobody(
    staff: Browser, admin: asyncpg.Connection, elsewhere: Town, now: datetime
) -> None:
    theirs = await make_session(admin, elsewhere, now=now)
    for kind, foreign in (("activities", theirs.activity_id), ("sessions", theirs.id)):
        missing = uuid4()
        answers = [(await staff.get(f"{OWN}/{kind}/{id}")).text.replace(str(id), "") for id in (foreign, missing)]
        assert answers[0] == answers[1]


async def test_an_activity_is_never_posted_in_anothers_name(staff: Browser, admin: asyncpg.Connection, town: Town, elsewhere: Town) -> None:
    token = await token_on(staff, f"{OWN}/activities/new")
    sent = {**CHAIR_YOGA, "form_token": token, "organization_id": str(elsewhere.center_id), "status": "published", "slug": "mine"}
    assert (await staff.post(f"{OWN}/activities/new", data=sent, follow_redirects=False)).status_code == 303
    assert (await staff.post(f"{FOREIGN}/activities/new", data=sent)).status_code == 404
    rows = await admin.fetch("SELECT organization_id, slug FROM activity")
    assert [row["organization_id"] for row in rows] == [town.center_id]
    assert rows[0]["slug"] != "mine"


async def test_hosts_look_and_change_nothing(visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now, slug="ours", status="draft")
    await enter(visitor, db, role="host", now=now)
    token = FormTokens([SECRET]).mint("staff", nonce=hash_secret(visitor.cookies["doorstep"]).hex()[:24], now=now - QUICKEST)
    before = await everything(admin)
    for page in ("", f"/activities/{date.activity_id}", f"/sessions/{date.id}"):
        text = (await visitor.get(OWN + page)).text
        assert "Garden morning" in text
        assert f'action="{OWN}' not in text
        assert "New activity" not in text
    for page in ("/activities/new", f"/activities/{date.activity_id}/edit", f"/sessions/{date.id}/cancel"):
        assert (await visitor.get(OWN + page)).status_code == 403
    for page in ("activities/new", *(f"activities/{date.activity_id}/{act}" for act in ("edit", "status", "end"))):
        fields = {**CHAIR_YOGA, "form_token": token, "to": "published"}
        assert (await visitor.post(f"{OWN}/{page}", data=fields)).status_code == 403
    for act in ("cancel", "capacity"):
        assert (await visitor.post(f"{OWN}/sessions/{date.id}/{act}", data={"form_token": token, "capacity": "3"})).status_code == 403
    assert await everything(admin) == before


async def test_a_partners_people_have_no_center(visitor: Browser, db: Database, town: Town, now: datetime) -> None:
    await enter(visitor, db, center="riverton-partner", now=now)
    for slug in ("riverton-center", "riverton-partner"):
        assert (await visitor.get(f"/center/{slug}/")).status_code == 404


@pytest.mark.parametrize("kind", ["none", "invented", "of another person", "of the sign-up form"])
async def test_a_post_without_this_sessions_token_changes_nothing(
    visitor: Browser, db: Database, admin: asyncpg.Connection, town: Town, now: datetime, kind: str
) -> None:
    date = await make_session(admin, town, now=now)
    await enter(visitor, db, role="owner", now=now)
    anothers = await token_on(visitor, f"{OWN}/activities/new")
    await enter(visitor, db, role="staff", now=now)
    sign_up = await token_on(visitor, "/f/riverton")
    token = {"none": "", "invented": "abc.def", "of another person": anothers, "of the sign-up form": sign_up}[kind]
    before = await everything(admin)
    paths = [f"/sessions/{date.id}/cancel", f"/sessions/{date.id}/capacity", "/activities/new"]
    for path in paths + [f"/activities/{date.activity_id}/{act}" for act in ("edit", "status", "end")]:
        answer = await visitor.post(OWN + path, data={**CHAIR_YOGA, "form_token": token, "to": "draft", "capacity": "1"})
        assert answer.status_code == 422, path
    assert await everything(admin) == before


async def test_no_other_site_can_press_a_button(staff: Browser, admin: asyncpg.Connection, town: Town, now: datetime) -> None:
    date = await make_session(admin, town, now=now)
    token = await token_on(staff, f"{OWN}/sessions/{date.id}/cancel")
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        answer = await staff.post(f"{OWN}/sessions/{date.id}/cancel", data={"form_token": token}, headers=headers)
        assert answer.status_code == 403
    assert await admin.fetchval("SELECT state FROM session") == "scheduled"


async def test_the_pages_of_a_center_are_kept_by_nobody(staff: Browser) -> None:
    headers = (await staff.get(f"{OWN}/")).headers
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]
    assert headers["referrer-policy"] == "no-referrer"
