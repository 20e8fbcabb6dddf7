"""What lies between people and activities, from answers, attendance and invitations: pure, and the same in any order of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import scipy.sparse as sp

from matching import F32, F64, I32, I64, PART_HALF_HOURS, U64, WEEK_PARTS, Bool, Pairs
from service.matches.packed import UNRATED, RowIndex, Table, keys_of

FADE = 0.9  # what is left of an answer after a week
WEEK_S = 604_800.0
RECENT_WEEKS = 8  # who came longer ago is no face that one meets there
CROWD = 40  # among more people than that nobody is met
YES = (b"yes     ", b"wanted  ", b"attended", b"missed  ")


@dataclass(frozen=True, slots=True)
class PastAnswers:
    """Answers of people and to activities that the week knows of, k rows."""

    person: I64  # row among the residents
    activity: I64  # row among the activities, -1: none of this week's
    session: U64  # key
    answer: Table  # S8
    rating: I64
    weeks: F64  # ago
    half: I64  # half hour of the local week in which the session began


def past_answers(answers: Table, people: RowIndex, activities: RowIndex, now: datetime) -> PastAnswers:
    """In one order, whatever the database's: sums of floats depend on it."""
    order = np.lexsort((answers["session"]["lo"], answers["session"]["hi"], answers["person"]["lo"], answers["person"]["hi"]))
    rows = answers[order]
    person = people.of(keys_of(rows["person"]))
    rows, person = rows[person >= 0], person[person >= 0]
    weeks = (now.timestamp() - rows["at"].astype(np.float64)) / WEEK_S
    activity = activities.of(keys_of(rows["activity"]))
    return PastAnswers(
        person, activity, keys_of(rows["session"]), rows["said"], rows["rating"].astype(np.int64), weeks, rows["half"].astype(np.int64)
    )


def pairs(log: PastAnswers, invited: Table, people: RowIndex, activities: RowIndex, familiar: sp.csr_matrix, count: int) -> Pairs:
    """One row for each person and activity of this week between whom something lies; `count` activities. familiar: see `acquaintances`."""
    here = log.activity >= 0
    code = log.person[here] * count + log.activity[here]
    asked = people.of(keys_of(invited["person"])), activities.of(keys_of(invited["activity"]))
    asked_code = (asked[0] * count + asked[1])[(asked[0] >= 0) & (asked[1] >= 0)]
    face_code, faces = met_before(log, familiar, count)
    every = _distinct(np.concatenate((code, asked_code, face_code)))
    row, fade = np.searchsorted(every, code), FADE ** log.weeks[here]
    columns = {name: _sum(row, fade * np.isin(log.answer[here], words), len(every)) for name, words in FACTS.items()}
    return Pairs(
        resident=(every // max(count, 1)).astype(np.int32),
        activity=(every % max(count, 1)).astype(np.int32),
        **columns,
        invited=_sum(np.searchsorted(every, asked_code), np.ones(len(asked_code)), len(every)),
        rating=_latest(row, log.rating[here], log.weeks[here], len(every)),
        faces=_sum(np.searchsorted(every, face_code), faces, len(every)),
    )


def habits(log: PastAnswers, people: int) -> F32:
    """[people, WEEK_PARTS] faded yes answers, to whatever activity; no columns where nobody has said yes."""
    yes = np.isin(log.answer, YES)
    if not yes.any():
        return np.zeros((people, 0), np.float32)
    cell = log.person[yes] * WEEK_PARTS + log.half[yes] // PART_HALF_HOURS
    return _sum(cell, FADE ** log.weeks[yes], people * WEEK_PARTS).reshape(people, WEEK_PARTS)


FACTS = {"said_yes": YES, "said_no": (b"no      ",), "attended": (b"attended",), "missed": (b"missed  ",)}


def _distinct(codes: I64) -> I64:
    """Sorted, each once; several times quicker than numpy's own for millions of them."""
    codes = np.sort(codes)
    return np.asarray(codes[np.diff(codes, prepend=-1) != 0], np.int64)


def _sum(row: I64 | np.ndarray, values: F64, count: int) -> F32:
    return np.bincount(row, values, count).astype(np.float32)


def _latest(row: np.ndarray, rating: I64, weeks: F64, count: int) -> F32:
    """The youngest rating of each pair; 0 where there is none."""
    rated = rating != UNRATED
    order = np.argsort(-weeks[rated], kind="stable")
    latest = np.zeros(count, np.float32)
    latest[row[rated][order]] = rating[rated][order]  # of several the last one stays
    return latest


def acquaintances(log: PastAnswers, cohorts: Bool, apart: I32) -> sp.csr_matrix:
    """[people, people] 1 where two have met, among those who agreed to be kept together with others and need not be kept apart.

    Whoever did not agree is nobody's familiar face, nor is anybody whom they blocked or who blocked them: a reason must not tell
    who goes where. apart: [b, 2], either way round. Stored entries are 1.
    """
    return _together(log, _came(log, cohorts), len(cohorts), apart)


def met_before(log: PastAnswers, familiar: sp.csr_matrix, count: int) -> tuple[I64, F64]:
    """(person * count + activity, people there whom this person has met, as `acquaintances` gives them)."""
    if not familiar.nnz:
        return np.zeros(0, np.int64), np.zeros(0, np.float64)
    recent = np.isin(log.answer, (b"attended",)) & (log.activity >= 0) & (log.weeks <= RECENT_WEEKS)
    shape = (familiar.shape[0], count)
    there = sp.csr_matrix((np.ones(int(recent.sum())), (log.person[recent], log.activity[recent])), shape)
    there.data[:] = 1
    faces = (familiar @ there).tocoo()
    return faces.row.astype(np.int64) * count + faces.col, faces.data.astype(np.float64)


def _came(log: PastAnswers, cohorts: Bool) -> Bool:
    return np.isin(log.answer, (b"attended",)) & cohorts[log.person]


def _together(log: PastAnswers, came: Bool, people: int, apart: I32) -> sp.csr_matrix:
    """[people, people] 1 where two were at one session and it was no crowd; nobody has met themselves, or whom they must be apart from."""
    if not came.any():
        return sp.csr_matrix((people, people))
    session, size = np.unique(log.session[came], return_inverse=True, return_counts=True)[1:]
    small = (size <= CROWD)[session]
    visits = sp.csr_matrix((np.ones(int(small.sum())), (log.person[came][small], session[small])), (people, len(size)))
    matrix = (visits @ visits.T).tocoo()
    barred = np.concatenate((apart @ [people, 1], apart @ [1, people]))
    stays = (matrix.row != matrix.col) & ~np.isin(matrix.row.astype(np.int64) * people + matrix.col, barred)
    return sp.csr_matrix((np.ones(int(stays.sum())), (matrix.row[stays], matrix.col[stays])), (people, people))


def met(log: PastAnswers, cohorts: Bool, apart: I32) -> I32:
    """[c, 2] `acquaintances` neither of whom was displeased with the day."""
    glad = _came(log, cohorts) & (log.rating != -1)
    couples = sp.triu(_together(log, glad, len(cohorts), apart), 1).tocoo()
    return np.stack((couples.row, couples.col), axis=1).astype(np.int32)
