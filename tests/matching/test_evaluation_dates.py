"""Answers to dates with venues, on a town made up here; nothing worse than the hand-set score is measured."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from matching.evaluation import chicago
from matching.evaluation.columns import WrongFile, minutes
from matching.evaluation.training import gathered, trial
from matching.score.learn.train import FEWEST_CAME
from service.errors import Broken
from service.outcomes.evaluate import evaluate
from tests.matching.test_evaluation import write

DAY = "2016-04-15"
NOON = np.datetime64("2016-02-15T12:00:00")


def answers(folder: Path, people: int, seed: int) -> None:
    """Everybody has two groups and answers their dates in the 70 days around the day; venues are where the group is."""
    rng = np.random.default_rng(seed)
    homes, venues = (rng.normal((41.9, -87.7), 0.05, (number, 2)).round(4) for number in (people, 20))
    lines: list[dict[str, object]] = []
    for person in range(people):
        for group in rng.choice(20, 2, replace=False):
            for day in np.sort(rng.choice(66, 4, replace=False)):
                ahead = int(rng.integers(1, 12))
                lines.append(
                    {
                        "memberId": person,
                        "memberLat": homes[person, 0],
                        "memberLon": homes[person, 1],
                        "eventId": f"{group}-{day + ahead}",
                        "eventTime": f"{NOON + np.timedelta64(int(day) + ahead, 'D')}Z",
                        "groupId": group,
                        "venueLat": venues[group, 0],
                        "venueLon": venues[group, 1],
                        "rsvpTime": f"{NOON + np.timedelta64(int(day), 'D')}Z",
                        "rsvpResponse": "yes",
                    }
                )
    write(folder, "rsvps", lines)
    names = [
        {"groupId": group, "name": f"circle {group}", "category": f"kind {group % 4}", "tags": "walks", "topics_2017": ""}
        for group in range(20)
    ]
    write(folder, "group_text", names)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dates")
    answers(folder, 500, seed=1)
    return folder


def day(text: str = DAY) -> int:
    return int(minutes([f"{text}T00:00:00Z"])[0])


def test_a_group_somebody_went_to_is_known_again(log: Path) -> None:
    lines = evaluate(log, "chicago", datetime.fromisoformat(DAY), baselines=True, ablate=False, seed=1)
    warm = {line.model: line.ndcg10 for line in lines if line.people == "warm"}
    assert warm["doorstep"] > 4 * warm["popularity-90d"]
    assert warm["doorstep"] > 1.5 * warm["hand-set"]


def test_people_going_are_counted_up_to_the_instant_and_no_further(log: Path) -> None:
    log_of_city = chicago.read(log)
    question = chicago.task(log_of_city, day()).measure[0]
    before = log_of_city.yes.at_min < day()
    dates = np.flatnonzero(log_of_city.dates >= day())
    assert question.world.sessions.going.sum() > 0
    assert np.array_equal(question.world.sessions.going, np.bincount(log_of_city.date_of[before], minlength=len(log_of_city.dates))[dates])


def test_what_is_offered_does_not_tell_what_was_chosen(log: Path) -> None:
    log_of_city = chicago.read(log)
    for question in (*chicago.task(log_of_city, day()).learn, chicago.task(log_of_city, day()).measure[0]):
        wanted, going = question.wanted.any(axis=0), question.world.sessions.going
        assert (~wanted & (going > 0)).any()  # dates that people knew of and nobody chose any more
        assert question.wanted.shape[1] == len(question.world.sessions.key)
    first = np.full(len(log_of_city.dates), np.iinfo(np.int64).max)
    np.minimum.at(first, log_of_city.date_of, log_of_city.yes.at_min)
    starts = {int(start) for start in chicago.task(log_of_city, day()).learn[-1].world.sessions.start_min}
    assert starts <= {int(start) for start in log_of_city.dates[first < day()]}  # a date announced after the day is nothing to learn from


def test_whoever_waits_for_a_seat_wants_to_come_and_whoever_declines_does_not(tmp_path: Path) -> None:
    answers(tmp_path, 30, seed=3)
    text = (tmp_path / "rsvps.csv").read_text(encoding="utf-8").splitlines()
    words = ["yes", "waitlist", "no", "watching"]
    lines = [text[0], *(line.replace(",yes", f",{words[at % 4]}") for at, line in enumerate(text[1:]))]
    (tmp_path / "rsvps.csv").write_text("\n".join(lines), encoding="utf-8")
    assert len(chicago.read(tmp_path).yes.resident) == len(text[1:]) / 2


def test_the_size_of_a_group_is_what_its_ordinary_date_draws(log: Path) -> None:
    log_of_city = chicago.read(log)
    size = chicago.task(log_of_city, day()).measure[0].world.activities.size
    before = log_of_city.yes.at_min < day()
    for group in range(20):
        same = before & (log_of_city.yes.activity == group)
        assert size[group] == pytest.approx(same.sum() / len(np.unique(log_of_city.date_of[same])))


def test_too_few_visits_leave_the_hand_set_score_in_place_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers(tmp_path, 25, seed=2)
    assert sum(int(part.came.sum()) for part in gathered(chicago.task(chicago.read(tmp_path), day()), 1)) < FEWEST_CAME
    lines = evaluate(tmp_path, "chicago", datetime.fromisoformat(DAY), baselines=False, ablate=True, seed=1)
    assert {(line.people, line.ndcg10) for line in lines if line.model == "doorstep"} == {
        (line.people, line.ndcg10) for line in lines if line.model == "hand-set"
    }
    assert "the hand-set score is measured" in capsys.readouterr().err


def test_the_last_window_judges_what_the_others_teach(log: Path) -> None:
    task = chicago.task(chicago.read(log), day())
    parts = gathered(task, 1)
    assert "held-out weeks" in trial(parts, task).reason
    with pytest.raises(ValueError, match="windows are too few"):
        trial(parts[-1:], task)


def test_the_words_of_groups_may_be_missing_and_the_columns_of_answers_may_not(log: Path, tmp_path: Path) -> None:
    lines = (log / "rsvps.csv").read_text(encoding="utf-8")
    (tmp_path / "rsvps.csv").write_text(lines, encoding="utf-8")
    assert evaluate(tmp_path, "chicago", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)
    (tmp_path / "rsvps.csv").write_text(lines.replace("venueLat", "v1", 1).replace("rsvpTime", "when", 1), encoding="utf-8")
    with pytest.raises(WrongFile, match=r"rsvps\.csv has no column venueLat, rsvpTime"):
        evaluate(tmp_path, "chicago", datetime.fromisoformat(DAY), baselines=False, ablate=False, seed=1)


def test_a_day_after_the_last_answer_is_said_in_words(log: Path) -> None:
    with pytest.raises(Broken, match="nothing_to_measure"):
        evaluate(log, "chicago", datetime.fromisoformat("2030-01-01"), baselines=False, ablate=False, seed=1)
