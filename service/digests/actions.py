"""Composing a week's letters: one for each resident with a match, however often it is asked for."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from service.clock import week_name
from service.db import Conn, Database
from service.digests import store
from service.digests.acts import act_for
from service.digests.compose import compose
from service.digests.model import Composed, DigestRun, LetterLinks, Match, Reader
from service.digests.week import give_up_at, is_over, leave_at
from service.faults import log_fault
from service.mail import actions as mail
from service.mail.letter_context import LetterContext
from service.matches.rounds import READING
from service.residents.names import first_name
from service.tokens import NOBODY, Purpose

BATCH = 200


class _Twice(Exception):
    """Somebody else has written this letter; ours goes back with its transaction."""


async def compose_week(
    database: Database, context: LetterContext, *, week: date, now: datetime, region: str | None = None, dry_run: bool = False
) -> Composed:
    """Queue the week's letters. Run again, or by two workers at once, it adds nothing. week: a Monday.

    A letter or a region that a fault keeps back is logged and counted; the others get theirs.
    """
    done = Composed(week=week_name(week))
    async with database.transaction() as conn:
        runs = await store.runs(conn, week=week, region=region)
    for run in runs:
        try:
            if not is_over(week, run.zone, now):
                await _compose_run(database, context, run, week=week, now=now, dry_run=dry_run, done=done)
        except Exception as error:
            log_fault("letters_not_composed", error, region=run.region, week=done.week)
            done.failed += 1
    return done


async def _compose_run(
    database: Database, context: LetterContext, run: DigestRun, *, week: date, now: datetime, dry_run: bool, done: Composed
) -> None:
    after = NOBODY
    while True:
        async with database.transaction() as conn:
            readers = await store.readers(conn, run_id=run.id, week=week, after=after, now=now, batch=BATCH)
            by_matcher = await store.matches(conn, run_id=run.id, matcher_ids=[reader.matcher_id for reader in readers])
        if not readers:
            return
        for reader in readers:
            matches = by_matcher.get(reader.matcher_id, [])
            try:
                await _compose_one(database, context, run, reader, matches, week=week, now=now, dry_run=dry_run, done=done)
            except Exception as error:
                log_fault("letter_not_composed", error, region=run.region, week=done.week)
                done.failed += 1
        after = readers[-1].resident_id


async def _compose_one(
    database: Database,
    context: LetterContext,
    run: DigestRun,
    reader: Reader,
    week_matches: list[Match],
    *,
    week: date,
    now: datetime,
    dry_run: bool,
    done: Composed,
) -> None:
    leaves_at = now
    if context.humane:
        leaves_at = leave_at(week, reader.zone, now, weekly=run.weekly, confirmed_at=reader.confirmed_at)
    matches = [match for match in week_matches if match.starts_at >= leaves_at + READING]
    # What a Sunday night would keep back until Monday would be the first of two letters of one week: the next one comes on Tuesday.
    if not matches or is_over(week, reader.zone, leaves_at):
        done.too_late += 1
        return
    if dry_run:
        done.queued += 1
        return
    try:
        async with database.transaction() as conn:
            await _write(conn, context, run, reader, matches, week=week, leaves_at=leaves_at, now=now)
    except _Twice:
        done.already += 1
    else:
        done.queued += 1


async def _write(
    conn: Conn,
    context: LetterContext,
    run: DigestRun,
    reader: Reader,
    matches: list[Match],
    *,
    week: date,
    leaves_at: datetime,
    now: datetime,
) -> UUID:
    """Letter and claim in one transaction. Raises _Twice when the week's letter of this person is there already."""
    name = first_name(context.vault.open(reader.name, place="resident.name", row=reader.resident_id)) if reader.name else ""
    links = links_for(context, run, reader, matches)
    content = compose(reader, matches, links=links, act=act_for(reader.matcher_id, week, reader.language), name=name)
    letter_id = await mail.queue(
        conn,
        kind="digest",
        contents={reader.language: content},
        vault=context.vault,
        resident_id=reader.resident_id,
        not_before=leaves_at,
        give_up_at=give_up_at(week, reader.zone, leaves_at),
        now=now,
    )
    if not await store.claim(conn, resident_id=reader.resident_id, week=week, run_id=run.id, letter_id=letter_id, now=now):
        raise _Twice
    return letter_id


def links_for(context: LetterContext, run: DigestRun, reader: Reader, matches: list[Match]) -> LetterLinks:
    """An answer counts, and its reasons are told, until the session is over; a stop or a small change counts for ever."""
    base = context.base_url

    def token(purpose: Purpose, subject: UUID = NOBODY, until: datetime | None = None) -> str:
        return context.tokens.mint(purpose, resident_id=reader.resident_id, epoch=reader.link_epoch, subject_id=subject, expires_at=until)

    answers = {match.id: token(Purpose.ANSWER, match.id, match.ends_at) for match in matches}
    return LetterLinks(
        {match_id: f"{base}/r/{answer}" for match_id, answer in answers.items()},
        {match_id: f"{base}/me/{answer}/why/{match_id}" for match_id, answer in answers.items()},
        f"{base}/u/{token(Purpose.STOP)}",
        f"{base}/me/{token(Purpose.ASK_ME)}",
        f"{base}/change/{token(Purpose.CHANGE, run.id)}",
    )
