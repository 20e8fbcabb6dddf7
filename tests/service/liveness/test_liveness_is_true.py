"""Every sentence of the letter that asks a center whether it is still there, and of its page, held against what is so."""

from __future__ import annotations

import msgspec

from service.liveness.letter import MOST_NAMED, still_there
from service.liveness.model import SilentActivity
from tests.sentences_used import sentences_in
from tests.service.liveness.conftest import DAY, Riverton
from tests.service.liveness.silent import make_dates, make_people, make_silent
from tests.service.sentences_read import blanks_in
from tests.service.test_sentences_are_true import check
from tests.service.truths import LABEL, TRUTHS, Facts
from tests.service.visitor import Browser, Hands

ROOM = "service/liveness/"
MORE = "And {count} more."
SIGNS = """
SELECT (SELECT count(*) FROM answer WHERE at >= $1) + (SELECT count(*) FROM walk_in WHERE noted_at >= $1)
     + (SELECT count(*) FROM activity_silence WHERE kept_at >= $1 AND warned_at IS NOT NULL)
"""
INVITED = "SELECT count(*) FROM match AS m JOIN session AS s ON s.id = m.session_id WHERE s.ends_at <= $1"


async def facts(riverton: Riverton, days: int) -> Facts:
    now = riverton.now + days * DAY
    rows = [row for row in await riverton.rows() if row["warned_at"]]
    return {
        "now": now,
        "center": "Riverton Community Center",
        "center_zone": "America/New_York",
        "silences": [dict(row) for row in rows],
        "signs": await riverton.admin.fetchval(SIGNS, now - 70 * DAY),
        "invited": await riverton.admin.fetchval(INVITED, now),
    }  # fmt: skip


async def test_the_letter_and_its_page_say_what_is_so(visitor: Browser, hands: Hands, riverton: Riverton) -> None:
    wrong, seen = list[tuple[int, int, str]](), set[str]()
    people = await make_people(riverton.admin, riverton.town, 2, now=riverton.now)
    for number in (1, 2):
        slug = f"group-{number}"
        date = await make_silent(riverton.admin, riverton.town, now=riverton.now, slug=slug, title=f"Group {number}", people=people)
        await make_dates(riverton.admin, date, [riverton.now + 20 * DAY])
        await riverton.admin.execute("DELETE FROM activity_silence")
        await riverton.admin.execute("DELETE FROM letter WHERE staff_id IS NOT NULL")
        assert (await riverton.look()).warned == number
        for _, content in await riverton.letters():
            assert not check(f"{content.subject}\n{content.text}", await facts(riverton, 0), seen, f"{ROOM}letter.py")
        path = await riverton.link()
        for days in (0, 8):
            await riverton.look(days * DAY)
            page = (await visitor.get(path)).text
            wrong += [(number, days, sentence) for sentence in check(page, await facts(riverton, days), seen, f"{ROOM}templates/")]
        await visitor.post(path)
        page = (await visitor.get(path)).text
        wrong += [(number, 8, sentence) for sentence in check(page, await facts(riverton, 8), seen, f"{ROOM}templates/")]
    assert not wrong
    claims = {sentence for sentence in sentences_in(ROOM) if TRUTHS.get(sentence, LABEL) is not LABEL}
    assert claims - {MORE} <= seen, claims - seen


async def test_a_long_list_names_the_first_ones_and_counts_the_others(riverton: Riverton) -> None:
    id, center_id = riverton.town.form_id, riverton.town.center_id
    first = SilentActivity(id=id, organization_id=center_id, title="Group 0", center_name="Riverton Center", zone="America/New_York")
    for more in (1, 3):
        many = [msgspec.structs.replace(first, title=f"Group {n}") for n in range(MOST_NAMED + more)]
        letter = still_there(many, weeks=10, leaves_at=riverton.now + 7 * DAY, url="http://doorstep.local/here/x", language="en")
        [blanks] = blanks_in(letter.text, MORE)
        assert TRUTHS[MORE]({"silences": many}, blanks)
        assert letter.text.count("“Group") == MOST_NAMED
