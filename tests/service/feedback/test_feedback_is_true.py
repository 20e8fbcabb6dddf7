"""Every sentence of the question after a visit, of its page and of the list of visits, held against what is so."""

from __future__ import annotations

import re

from service.tokens import Purpose
from tests.sentences_used import sentences_in
from tests.service.feedback.conftest import TOKENS, Asked, local
from tests.service.mail.neighbors import Date
from tests.service.test_sentences_are_true import check, facts_of
from tests.service.truths import LABEL, TRUTHS, Facts
from tests.service.visitor import Browser

ROOM = "service/feedback/"
ANSWERS = (
    {"came": "yes"}, {"rating": "good"}, {"rating": "fine"}, {"rating": "not_for_me"}, {"rating": "good"}, {"wants": "more"}, {"wants": ""},
    {"wants": "less"}, {"came": "could_not"}, {"came": "did_not_want"}, {"rating": "not_for_me"}, {"rating": ""}, {"came": ""},
)  # fmt: skip
ELSEWHERE = {"Did you go? {title}", "You had a seat. Did you go?", "Did you go? We ask about {count} dates"}  # of the letter
NOTHING_YET = "There is nothing here yet. The morning after a date we ask you how it was."


async def facts(asked: Asked) -> Facts:
    feedback = await asked.admin.fetchrow(
        "SELECT f.came, f.topics_changed, x.rating AS learned,"
        " EXISTS (SELECT FROM block AS b WHERE b.activity_id = s.activity_id) AS blocked"
        " FROM feedback AS f JOIN session AS s ON s.id = f.session_id LEFT JOIN answer AS x ON x.session_id = s.id"
    )
    asked_n = await asked.admin.fetchval("SELECT count(*) FROM feedback")
    return await facts_of(asked.admin, local(25, 12), feedback=dict(feedback or {}), asked_n=asked_n)


async def test_the_page_and_the_list_say_what_is_so_after_every_answer(visitor: Browser, asked: Asked, date: Date) -> None:
    wrong, seen = list[tuple[dict[str, str], str]](), set[str]()
    me = TOKENS.mint(Purpose.ME, resident_id=asked.person, epoch=0, expires_at=local(25, 13))
    for field in ({}, *ANSWERS):
        if field:
            assert (await visitor.post(asked.path(date), data=field)).status_code == 200
        for path in (asked.path(date), f"/me/{me}/history"):
            text = (await visitor.get(path)).text
            wrong += [(field, sentence) for sentence in check(text, await facts(asked), seen, f"{ROOM}templates/")]
    await asked.admin.execute("UPDATE session SET state = 'cancelled'")
    called_off = (await visitor.get(asked.path(date))).text
    wrong += [({}, sentence) for sentence in check(called_off, await facts(asked), seen, f"{ROOM}templates/")]
    await asked.admin.execute("DELETE FROM feedback")
    empty = (await visitor.get(f"/me/{me}/history")).text
    wrong += [({}, sentence) for sentence in check(empty, await facts(asked), seen, f"{ROOM}templates/")]
    assert not wrong
    claims = {sentence for sentence in sentences_in(ROOM) if TRUTHS.get(sentence, LABEL) is not LABEL}
    assert claims - ELSEWHERE <= seen, claims - ELSEWHERE - seen


async def test_the_letter_says_what_is_so(asked: Asked, date: Date) -> None:
    [content] = await asked.letters()
    seen = set[str]()
    text = f"{content.subject}\n{content.text}"
    assert check(text, await facts(asked), seen, ROOM) == []
    assert {"Did you go? {title}", "You had a seat. Did you go?"} <= seen
    assert not re.search(r"\{\w*\}", text)


async def test_the_list_is_empty_before_anything_was_asked(visitor: Browser, asked: Asked) -> None:
    me = TOKENS.mint(Purpose.ME, resident_id=asked.person, epoch=0, expires_at=local(25, 13))
    assert NOTHING_YET in (await visitor.get(f"/me/{me}/history")).text
