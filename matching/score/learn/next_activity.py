"""What people do next: tables learned from who went where after what, and from near which corner of the region.

Two linear models (ridge regressions with many outcomes) give the chance that an activity is a person's next one: for regulars
from the activities they know, for newcomers from where they live. A third table is EASE (Steck 2019): which activities go together
whatever the order. All are kept as whole numbers, so that sums over a person's past are exact in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from matching.world.arrays import F32, F64, I32, I64, U64, Bool

SCALE = 2.0**16  # whole numbers of a chance
FAINT = 0.5 / 256  # nearness that no whole number is left of
PLACE = 256.0  # whole numbers of a place's weight: the product with a chance stays below 2 ** 24
BUSIEST = 4096  # activities that get a row; the rest are strangers to the tables
ANCHORS = 128
WIDTH_KM = 2.0
DAY_MIN = 1440
HALF_LIFE_DAYS = 60.0
LONG_DAYS = 360.0  # half-life of second steps: fewer of them, and tastes change slower than fashions
NEWCOMER_DAYS = 10
EARLY = 2  # steps after the first that tell what a person with one activity does next
LONGEST = 40  # earlier activities that one step looks back on
RIDGE, RIDGE_PLACE, RIDGE_ALIKE = 15.0, 10.0, 300.0


@dataclass(frozen=True, slots=True)
class History:
    """A log of yes answers, joins or visits; rows in any order."""

    resident: I32  # [e] row in lat, lon
    activity: I32  # [e] row in keys
    at_min: I64  # [e] minutes since the epoch
    keys: U64  # [a] of the activities, rising
    lat: F64  # [n]
    lon: F64

    def before(self, at_min: int) -> History:
        """What was known at an instant."""
        return self.only(self.at_min < at_min)

    def only(self, keep: Bool) -> History:
        return History(self.resident[keep], self.activity[keep], self.at_min[keep], self.keys, self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class NextActivity:
    """The learned tables; a is the number of activities with a row, k of anchors."""

    keys: U64  # [a] rising
    anchors: F64  # [k, 2] latitude, longitude
    after: F32  # [a, a] what one known activity (row) adds for another, before division by the root of their number
    second: F32  # [a, a] the same for people who know exactly one
    regular: F32  # [1 + k, a] what a regular's place adds: everybody's part, then each anchor's
    newcomer: F32  # [1 + k, a] the same for people without a past
    alike: F32  # [a, a] EASE

    def rows(self, keys: U64) -> I64:
        """Where each activity stands in the tables; a for those that are not there."""
        at = np.searchsorted(self.keys, keys)
        in_table = self.keys[np.minimum(at, len(self.keys) - 1)] == keys if len(self.keys) else np.zeros(len(keys), np.bool_)
        return np.where(in_table, at, len(self.keys)).astype(np.int64)

    def places(self, lat: F64, lon: F64) -> F32:
        """[n, 1 + k] whole numbers of 1/PLACE: everybody's part, then how near each anchor is."""
        return np.concatenate((np.full((len(lat), 1), PLACE), np.rint(nearness(self.anchors, lat, lon) * PLACE)), axis=1).astype(np.float32)


def nearness(anchors: F64, lat: F64, lon: F64) -> F64:
    """[n, k] Gaussian weights of the anchors, a row's sum at most 1; far from all of them nearly 0."""
    north = (lat[:, None] - anchors[:, 0]) * 111.2
    east = (lon[:, None] - anchors[:, 1]) * 111.2 * np.cos(np.radians(anchors[:, 0]))
    weight: F64 = np.exp(-(north**2 + east**2) / (2 * WIDTH_KM**2))
    near: F64 = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-3)
    return np.where(near < FAINT, 0, near)


def learn(history: History, now_min: int) -> NextActivity:
    """Fit all tables on what happened before `now_min`; deterministic."""
    recent = _busiest(history.before(now_min))
    order = np.lexsort((recent.activity, recent.at_min, recent.resident))
    recent = History(recent.resident[order], recent.activity[order], recent.at_min[order], recent.keys, recent.lat, recent.lon)
    anchors = _anchors(recent)
    near = _near(anchors, recent)
    weight, long = (0.5 ** ((now_min - recent.at_min) / (days * DAY_MIN)) for days in (HALF_LIFE_DAYS, LONG_DAYS))
    place = _steps(recent)[1]
    after, regular = _regulars(recent, near, weight, place > 0)
    second, _ = _regulars(recent, near, long, (place > 0) & (place <= EARLY))
    newcomer = _newcomers(recent, near, weight)
    return NextActivity(recent.keys, anchors, _whole(after), _whole(second), _whole(regular), _whole(newcomer), _whole(_ease(recent)))


def _whole(table: F64) -> F32:
    """As whole numbers, with a last column of zeros for activities without a row."""
    padded = np.concatenate((table, np.zeros((len(table), 1))), axis=1)
    return np.rint(np.clip(padded, -1, 1) * SCALE).astype(np.float32)


def _busiest(history: History) -> History:
    count = np.bincount(history.activity, minlength=len(history.keys))
    busiest = np.sort(np.argsort(-count, kind="stable")[:BUSIEST])
    busiest = busiest[count[busiest] > 0]
    place = np.full(len(history.keys), -1, np.int32)
    place[busiest] = np.arange(len(busiest))
    inside = history.only(place[history.activity] >= 0)
    return History(inside.resident, place[inside.activity], inside.at_min, history.keys[busiest], history.lat, history.lon)


def _anchors(history: History) -> F64:
    """Where people live, thinned to a few points: repeatedly halve the widest box of homes at its median."""
    active = np.unique(history.resident)
    homes = np.stack((history.lat[active], history.lon[active]), axis=1)
    if not len(homes):
        return np.zeros((0, 2))
    middle = np.median(homes, axis=0)
    around = (np.abs(homes - middle) < 0.75).all(axis=1)
    homes = homes[around | ~around.any()]
    boxes, spans = [homes], [_span(homes)]
    while len(boxes) < ANCHORS:
        widest = int(np.argmax(spans))
        if not spans[widest]:
            break
        box, _ = boxes.pop(widest), spans.pop(widest)
        side = int(np.argmax(np.ptp(box, axis=0)))
        cut = np.median(box[:, side])
        low = box[:, side] <= cut if (box[:, side] > cut).any() else box[:, side] < cut
        boxes += [box[low], box[~low]]
        spans += [_span(box[low]), _span(box[~low])]
    return np.array([box.mean(axis=0) for box in boxes])


def _span(box: F64) -> float:
    """How much a box of homes wants to be halved; 0 for one home."""
    return float(np.ptp(box, axis=0).max() * (len(box) > 1) * np.log1p(len(box)))


def _near(anchors: F64, history: History) -> sp.csr_matrix:
    """[n, 1 + k] everybody's part and the nearness of each anchor, for whoever is in the log; the others' rows are empty."""
    active = np.unique(history.resident)
    near = np.concatenate((np.ones((len(active), 1)), nearness(anchors, history.lat[active], history.lon[active])), axis=1)
    rows = sp.csr_matrix(near).tocoo()
    return sp.csr_matrix((rows.data, (active[rows.row], rows.col)), (len(history.lat), near.shape[1]))


def _steps(history: History) -> tuple[I64, I64]:
    """(first row of the person, place in the person's row) of each event; rows are sorted by person and time."""
    number = np.arange(len(history.resident))
    begins = np.diff(history.resident, prepend=-1) != 0
    first = np.maximum.accumulate(np.where(begins, number, 0)) if len(number) else number
    return first.astype(np.int64), (number - first).astype(np.int64)


def _regulars(history: History, near: sp.csr_matrix, weight: F64, steps: Bool) -> tuple[F64, F64]:
    """Ridge from (known activities / root of their number, place) to the next activity, each of the `steps` by its weight."""
    a, place = len(history.keys), _steps(history)[1]
    event = np.flatnonzero(steps & (weight > 1e-3))
    back = np.minimum(place[event], LONGEST)
    row = np.repeat(np.arange(len(event)), back)
    source = np.repeat(event, back) - 1 - (np.arange(len(row)) - np.repeat(np.cumsum(back) - back, back))
    past = sp.csr_matrix((np.ones(len(row)), (row, history.activity[source])), (len(event), a))
    past.data[:] = 1.0  # a repeated activity counts once
    size = np.maximum(np.diff(past.indptr), 1)
    past = sp.diags(size**-0.5) @ past
    inputs = sp.hstack([past, near[history.resident[event]]]).tocsr()
    ridge = np.concatenate((np.full(a, RIDGE), [1.0], np.full(near.shape[1] - 1, RIDGE_PLACE)))
    solved = _solve(inputs, history.activity[event], weight[event], ridge, a)
    return solved[:a], solved[a:]


def _newcomers(history: History, near: sp.csr_matrix, weight: F64) -> F64:
    """Ridge from the place to what people took up in their first weeks, each person's steps sharing their weight."""
    first = _steps(history)[0]
    event = np.flatnonzero((history.at_min - history.at_min[first] < NEWCOMER_DAYS * DAY_MIN) & (weight > 1e-3))
    person = history.resident[event]
    share = weight[event] / np.sqrt(np.bincount(person, minlength=len(history.lat))[person])
    ridge = np.concatenate(([1.0], np.full(near.shape[1] - 1, RIDGE_PLACE)))
    return _solve(near[person], history.activity[event], share, ridge, len(history.keys))


def _solve(inputs: sp.csr_matrix, outcome: I32, weight: F64, ridge: F64, outcomes: int) -> F64:
    """[inputs, outcomes] least squares towards a 1 at each row's outcome."""
    weighted = inputs.T @ sp.diags(weight)
    gram = np.asarray((weighted @ inputs).todense()) + np.diag(ridge)
    target = sp.csr_matrix((np.ones(len(outcome)), (np.arange(len(outcome)), outcome)), (len(outcome), outcomes))
    solved: F64 = np.linalg.solve(gram, np.asarray((weighted @ target).todense()))
    return solved


def _ease(history: History) -> F64:
    """Steck 2019, equation 8: closed-form item weights with an empty diagonal."""
    pairs = np.unique(history.resident.astype(np.int64) * max(len(history.keys), 1) + history.activity)
    resident, activity = np.divmod(pairs, max(len(history.keys), 1))
    visited = sp.csr_matrix((np.ones(len(pairs)), (resident, activity)), (len(history.lat), len(history.keys)))
    inverse = np.linalg.inv(np.asarray((visited.T @ visited).todense()) + RIDGE_ALIKE * np.eye(len(history.keys)))
    weights: F64 = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0)
    return weights
