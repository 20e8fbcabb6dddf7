"""Which score a region's week runs on: what it has learned, else the hand-set one, and why."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from matching import NOTHING_LEARNED, Scorer
from matching import UnusableScore as Unusable
from matching import pack_score as packed
from matching import unpack_score as unpacked
from service.db import Conn
from service.errors import Broken
from service.matches import store
from service.matches.model import StoredRun


class InUse(NamedTuple):
    scorer: Scorer
    fallback: str  # why the hand-set score runs; empty: it does not


async def in_use(conn: Conn, region_id: UUID) -> InUse:
    """The region's champion. A week is matched in any case: what cannot be trusted is left aside, and said so."""
    stored = await store.champion(conn, region_id)
    if stored is None:
        return InUse(Scorer(), NOTHING_LEARNED)
    try:
        return InUse(unpacked(stored.arrays, stored.fingerprint), "")
    except Unusable as error:
        return InUse(Scorer(), f"{stored.version}: {error}")


async def of_run(conn: Conn, run: StoredRun) -> Scorer:
    """The very score a past week ran on, whatever has been learned since. Raises Broken when it cannot run any more."""
    stored = await store.score_of_version(conn, run.region_id, run.model_version)
    try:
        if stored is not None:
            return unpacked(stored.arrays, stored.fingerprint)
    except Unusable as error:
        raise Broken("score_cannot_run", fields={run.model_version: str(error)}) from error
    if Scorer().version != run.model_version:
        raise Broken("score_cannot_run", fields={run.model_version: "it was not kept"})
    return Scorer()


async def keep_prior(conn: Conn, region_id: UUID, scorer: Scorer, *, now: datetime) -> None:
    """The hand-set score changes with the program; a week that ran on it must be replayed by what it was then."""
    arrays, fingerprint = packed(scorer.model, scorer.follow)
    await store.keep_score(
        conn, region_id, version=scorer.version, fingerprint=fingerprint, arrays=arrays, card=scorer.model.card, state="retired",
        champion_loss=None, challenger_loss=None, verdict="set by hand", now=now,
    )  # fmt: skip
