"""What lies between people and activities: counted as by hand, in any order of rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Pairs
from service.matches import past
from service.matches.packed import ANSWER, ID, INVITED, UNRATED, RowIndex, Table, keys_of

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PEOPLE, GROUPS, DATES = 6, 3, 8
COLUMNS = ("resident", "activity", "said_yes", "attended", "invited", "rating", "faces")
Answered = tuple[int, int, str, int, int]  # person, date, word, rating, days ago
SAID = ["yes", "no", "wanted", "attended", "missed"]

one_answer = st.tuples(
    st.integers(0, PEOPLE - 1), st.integers(0, DATES - 1), st.sampled_from(SAID), st.sampled_from([UNRATED, -1, 0, 1]), st.integers(0, 120)
)
blocks = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)), max_size=3)
answers = st.lists(one_answer, unique_by=lambda row: row[:2], max_size=40)
invitations = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, GROUPS)), max_size=20)


def ids(numbers: list[int], kind: int) -> Table:
    table = np.zeros(len(numbers), ID)
    table["hi"], table["lo"] = kind, numbers
    return table


def log_of(rows: list[Answered]) -> Table:
    """A date belongs to the group of its number modulo GROUPS + 1; the last group is none of this week's."""
    table = np.zeros(len(rows), ANSWER)
    table["person"], table["session"] = ids([row[0] for row in rows], 1), ids([row[1] for row in rows], 3)
    table["activity"] = ids([row[1] % (GROUPS + 1) for row in rows], 2)
    table["said"] = [row[2].ljust(8).encode() for row in rows]
    table["rating"] = [row[3] for row in rows]
    table["half"] = [row[1] * 41 % 336 for row in rows]
    table["at"] = [(NOW - timedelta(days=row[4])).timestamp() for row in rows]
    return table


def asked_of(rows: list[tuple[int, int]]) -> Table:
    table = np.zeros(len(rows), INVITED)
    table["person"], table["activity"] = ids([row[0] for row in rows], 1), ids([row[1] for row in rows], 2)
    return table


def pairs_and_met(log: Table, asked: Table, cohorts: np.ndarray, apart: np.ndarray) -> tuple[Pairs, np.ndarray]:
    people, groups = RowIndex(keys_of(ids(list(range(PEOPLE)), 1))), RowIndex(keys_of(ids(list(range(GROUPS)), 2)))
    answers = past.past_answers(log, people, groups, NOW)
    familiar = past.acquaintances(answers, cohorts, apart)
    return past.pairs(answers, asked, people, groups, familiar, GROUPS), past.met(answers, cohorts, apart)


@settings(max_examples=300, deadline=None)
@given(answers, invitations, st.lists(st.booleans(), min_size=PEOPLE, max_size=PEOPLE), blocks, st.randoms())
def test_pairs_are_what_counting_by_hand_gives(
    rows: list[Answered], asked: list[tuple[int, int]], cohorts: list[bool], blocked: list[tuple[int, int]], dice: Random
) -> None:
    agreed, apart = np.array(cohorts), np.array(blocked, np.int32).reshape(-1, 2)
    pairs, met = pairs_and_met(log_of(rows), asked_of(asked), agreed, apart)
    barred = {*blocked, *((q, p) for p, q in blocked)}
    place_of_pair = {(int(p), int(a)): at for at, (p, a) in enumerate(zip(pairs.resident, pairs.activity, strict=True))}
    assert list(place_of_pair) == sorted(place_of_pair)
    couples = {(p, q) for p in range(PEOPLE) for q in range(p + 1, PEOPLE) if agreed[p] and agreed[q]} - barred
    glad = {(p, q) for p, q in couples if together(rows, p, q, glad=True)}
    assert {(int(p), int(q)) for p, q in met} == glad
    for person in range(PEOPLE):
        for group in range(GROUPS):
            here = [row for row in rows if row[0] == person and row[1] % (GROUPS + 1) == group]
            expected = by_hand(rows, asked, couples, person, group, here)
            at = place_of_pair.get((person, group))
            got = {name: float(getattr(pairs, name)[at]) if at is not None else 0.0 for name in expected}
            assert all(abs(got[name] - value) < 1e-5 for name, value in expected.items()), (got, expected)
    shuffled, others = list(rows), list(asked)
    dice.shuffle(shuffled)
    dice.shuffle(others)
    again, met_again = pairs_and_met(log_of(shuffled), asked_of(others), agreed, apart)
    assert all(getattr(pairs, name).tobytes() == getattr(again, name).tobytes() for name in COLUMNS)
    assert met.tobytes() == met_again.tobytes()


def by_hand(
    rows: list[Answered], asked: list[tuple[int, int]], couples: set[tuple[int, int]], person: int, group: int, here: list[Answered]
) -> dict[str, float]:
    def faded(*words: str) -> float:
        return sum((0.9 ** (row[4] / 7) for row in here if row[2] in words), 0.0)

    rated = sorted((row for row in here if row[3] != UNRATED), key=lambda row: row[4])
    newest = {row[3] for row in rated if row[4] == rated[0][4]} if rated else {0}
    faces = {
        q
        for q in range(PEOPLE)
        if (min(person, q), max(person, q)) in couples and together(rows, person, q)
        and any(r[0] == q and r[1] % (GROUPS + 1) == group and r[2] == "attended" and r[4] <= 56 for r in rows)
    }  # fmt: skip
    counts = {
        "said_yes": faded("yes", "wanted", "attended", "missed"),
        "said_no": faded("no"),
        "attended": faded("attended"),
        "missed": faded("missed"),
    }
    counts |= {"invited": float(asked.count((person, group))), "faces": float(len(faces))}
    return counts | ({"rating": float(newest.pop())} if len(newest) == 1 else {})


def together(rows: list[Answered], p: int, q: int, *, glad: bool = False) -> bool:
    def dates(person: int) -> set[int]:
        return {row[1] for row in rows if row[0] == person and row[2] == "attended" and not (glad and row[3] == -1)}

    return bool(dates(p) & dates(q))


@settings(max_examples=100, deadline=None)
@given(answers, st.randoms())
def test_habits_are_faded_yes_answers_by_part_of_the_week(rows: list[Answered], dice: Random) -> None:
    people, groups = RowIndex(keys_of(ids(list(range(PEOPLE)), 1))), RowIndex(keys_of(ids(list(range(GROUPS)), 2)))
    habits = past.habits(past.past_answers(log_of(rows), people, groups, NOW), PEOPLE)
    yes = [row for row in rows if row[2] != "no"]
    assert habits.shape == (PEOPLE, 42 if yes else 0)
    for person, _, part in {(row[0], row[1], row[1] * 41 % 336 // 8) for row in yes}:
        expected = sum(0.9 ** (row[4] / 7) for row in yes if row[0] == person and row[1] * 41 % 336 // 8 == part)
        assert abs(float(habits[person, part]) - expected) < 1e-5
    assert abs(float(habits.sum()) - sum(0.9 ** (row[4] / 7) for row in yes)) < 1e-4
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert past.habits(past.past_answers(log_of(shuffled), people, groups, NOW), PEOPLE).tobytes() == habits.tobytes()


def test_nobody_is_met_in_a_crowd() -> None:
    few = [(person, 0, "attended", UNRATED, 7) for person in range(PEOPLE)]
    log, agreed = log_of(few), np.ones(PEOPLE, bool)
    nobody = np.zeros((0, 2), np.int32)
    assert len(pairs_and_met(log, asked_of([]), agreed, nobody)[1]) == PEOPLE * (PEOPLE - 1) // 2
    people, groups = RowIndex(keys_of(ids(list(range(100)), 1))), RowIndex(keys_of(ids(list(range(GROUPS)), 2)))
    many = past.past_answers(log_of([(person, 0, "attended", UNRATED, 7) for person in range(past.CROWD + 1)]), people, groups, NOW)
    assert len(past.met(many, np.ones(100, bool), nobody)) == 0
