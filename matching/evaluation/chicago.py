"""Task 3: answers to dates with venues, split by the time of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.evaluation.columns import coordinates, homes, minutes, numbers, rows
from matching.evaluation.question import Question, Task
from matching.evaluation.towns import Offer, age_weeks, habits, lately, liking, middles, profile, town
from matching.score.learn.next_activity import DAY_MIN, History
from matching.words.phrases import TextEmbedding
from matching.world.arrays import F32, F64, I32, I64, Bool

NEEDED = (
    *("memberId", "memberLat", "memberLon", "eventId", "eventTime", "groupId"),
    *("venueLat", "venueLon", "rsvpTime", "rsvpResponse"),
)
WISHES = ("yes", "waitlist")  # who waits for a seat wants to come
WINDOW_DAYS = 4  # dates soon after an instant are learned from only where an instant is near enough
SNAPSHOTS = 6


@dataclass(frozen=True, slots=True)
class ChicagoAnswers:
    """Who answered which date, and when."""

    yes: History  # activities are groups, times are those of the answers
    date_of: I32  # [answers]
    dates: I64  # [d] start minute
    group_of: I32  # [d]
    lat: F64  # [d] venue, nan when none is known
    lon: F64
    category: I32  # [g] -1 when none is known
    texts: list[str]  # [g]


def read(folder: Path) -> ChicagoAnswers:
    """The two files of `meetup-chicago`; only wishes to come count, and `group_text` may be missing.

    Raises FileNotFoundError and WrongFile.
    """
    lines = rows(folder, "rsvps", NEEDED)
    texts = {line["groupId"]: line for line in rows(folder, "group_text", ("groupId",), optional=True)}
    group, member = numbers(line["groupId"] for line in lines), numbers(line["memberId"] for line in lines)
    event = numbers(line["eventId"] for line in lines)
    one = {line["eventId"]: line for line in lines}
    home = {line["memberId"]: line for line in lines}
    lat, lon = coordinates(home.values(), "memberLat", "memberLon")
    lat, lon = homes(lat), homes(lon)
    yes = [line for line in lines if line["rsvpResponse"] in WISHES]
    about = [texts.get(name, {}) for name in group]
    categories = numbers(line["category"] for line in about if line.get("category"))
    venue_lat, venue_lon = coordinates(one.values(), "venueLat", "venueLon")
    return ChicagoAnswers(
        History(
            np.array([member[line["memberId"]] for line in yes], np.int32),
            np.array([group[line["groupId"]] for line in yes], np.int32),
            minutes(line["rsvpTime"] for line in yes),
            np.arange(len(group), dtype=np.uint64) + np.uint64(1),
            lat,
            lon,
        ),
        np.array([event[line["eventId"]] for line in yes], np.int32),
        minutes(line["eventTime"] for line in one.values()),
        np.array([group[line["groupId"]] for line in one.values()], np.int32),
        venue_lat,
        venue_lon,
        np.array([categories.get(line.get("category", ""), -1) for line in about], np.int32),
        [" ".join((line.get("name", ""), line.get("tags", ""), line.get("topics_2017", ""))).replace("|", " ") for line in about],
    )


def task(answers: ChicagoAnswers, until_min: int) -> Task:
    """Six windows of four days before the instant to learn from, everything after it to be measured on."""
    text = _words(answers.texts)
    starts = [until_min - WINDOW_DAYS * DAY_MIN * back for back in range(SNAPSHOTS, 0, -1)]
    learn = [question(answers, start, start + WINDOW_DAYS * DAY_MIN, text) for start in starts]
    last = int(answers.yes.at_min.max()) + 1
    return Task("chicago", [q for q in learn if len(q.asked)], [question(answers, until_min, last, text)])


def question(answers: ChicagoAnswers, now_min: int, end_min: int, text: F32) -> Question:
    """Dates to come that are known of by the end of [now, end): whether anybody answers one in it or not, so that no choice shows
    in what is offered. What a person answered before is not offered again.
    """
    past = answers.yes.before(now_min)
    window = (answers.yes.at_min >= now_min) & (answers.yes.at_min < end_min)
    dates = np.intersect1d(np.flatnonzero(answers.dates >= now_min), answers.date_of[answers.yes.at_min < end_min])
    place = np.full(len(answers.dates), -1, np.int32)
    place[dates] = np.arange(len(dates))
    window &= place[answers.date_of] >= 0
    asked, line = np.unique(answers.yes.resident[window], return_inverse=True)
    wanted = np.zeros((len(asked), len(dates)), np.bool_)
    wanted[line, place[answers.date_of[window]]] = True
    offered = ~_answered(answers, asked, place, len(dates), now_min)
    has_answer = (wanted & offered).any(axis=1)
    categories = np.eye(int(answers.category.max()) + 2, dtype=np.float32)[:, 1:]
    topics = categories[answers.category + 1]
    lat, lon = middles(past)
    offer = Offer(
        center=np.arange(len(answers.texts), dtype=np.int32),
        family=(answers.category + 1).astype(np.int32),
        lat=lat,
        lon=lon,
        topics=topics,
        text=text,
        age_weeks=age_weeks(past, now_min),
        activity=answers.group_of[dates],
        start_min=answers.dates[dates],
        size=_turnout(answers, now_min),
        going=_going(answers, dates, now_min),
    )
    starts = answers.dates[answers.date_of[answers.yes.at_min < now_min]]
    world = town(offer, past, liking(past, topics), profile(past, text), now_min, habits(past, starts, now_min))
    count = np.bincount(past.resident, minlength=len(past.lat))[asked]
    people = tuple("warm" if number else "cold" for number in count[has_answer])
    recent = lately(past, now_min)[offer.activity]
    venue = np.stack((answers.lat[dates], answers.lon[dates]), axis=1)
    return Question(
        world,
        asked[has_answer].astype(np.int32),
        (wanted & offered)[has_answer],
        offered[has_answer],
        people,
        recent,
        past,
        now_min,
        place=venue,
    )


def _words(texts: list[str]) -> F32:
    """[g, e] embedding; no columns where nobody wrote anything."""
    if not any(text.strip() for text in texts):
        return np.zeros((len(texts), 0), np.float32)
    return TextEmbedding().fit(texts).transform(texts)


def _going(answers: ChicagoAnswers, dates: I64, now_min: int) -> F32:
    """[m] people who had said yes to each date."""
    before = answers.date_of[answers.yes.at_min < now_min]
    number: F32 = np.bincount(before, minlength=len(answers.dates))[dates].astype(np.float32)
    return number


def _turnout(answers: ChicagoAnswers, now_min: int) -> F32:
    """[g] people who had said yes to an ordinary date that anybody had said yes to."""
    going = _going(answers, np.arange(len(answers.dates)), now_min)
    groups = len(answers.texts)
    number = np.bincount(answers.group_of[going > 0], minlength=groups)
    turnout: F32 = (np.bincount(answers.group_of, going, groups) / np.maximum(number, 1)).astype(np.float32)
    return turnout


def _answered(answers: ChicagoAnswers, asked: I32, place: I32, m: int, now_min: int) -> Bool:
    """[q, m] dates that a person had said yes to before."""
    if not len(asked):
        return np.zeros((0, m), np.bool_)
    line = np.searchsorted(asked, answers.yes.resident)
    countable = (line < len(asked)) & (answers.yes.at_min < now_min) & (place[answers.date_of] >= 0)
    countable &= asked[np.minimum(line, len(asked) - 1)] == answers.yes.resident
    done = np.zeros((len(asked), m), np.bool_)
    done[line[countable], place[answers.date_of[countable]]] = True
    return done
