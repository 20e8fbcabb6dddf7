"""Invented residents: what each would type into a partner's form. Pure; chance is an argument."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.interests.taxonomy import topics

Chances = tuple[float, float, float]
Point = tuple[float, float]

FIRST_NAMES = ("Aldo", "Bettina", "Cosimo", "Dorette", "Elmer", "Fiorella", "Gustavo", "Hulda", "Ignatz", "Juniper", "Kasimir", "Lupe")
WORDS = (
    "I like cooking and walking my dog",
    "something with my hands, knitting maybe",
    "me gusta el baile y la lotería",
    "gardens, tomatoes, being outside",
    "board games and a good talk",
    "I used to sing in a choir",
    "helping others, food pantry",
    "yoga sentado",
    "",
    "",
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = ("morning", "afternoon", "evening")
# Weeks that people live: the chance that a part of a day is free, on weekdays and at the weekend. None: they tick no box, any time suits.
ROUTINES: tuple[tuple[float, Chances | None, Chances | None], ...] = (
    (0.2, None, None),
    (0.3, (0.9, 0.9, 0.3), (0.6, 0.6, 0.2)),  # at home by day
    (0.3, (0.05, 0.1, 0.8), (0.8, 0.9, 0.7)),  # at work by day
    (0.2, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),  # shifts
)


def person(rng: np.random.Generator, number: int, *, zips: Sequence[str] = (), around: Sequence[Point] = ()) -> list[tuple[str, str]]:
    """The fields of one form. Home: one of the ZIP codes, or a point some two kilometers from a place of `around`."""
    fields = [
        ("email", f"neighbor{number}@residents.example.org"),
        ("name", FIRST_NAMES[int(rng.integers(len(FIRST_NAMES)))]),
        ("words", WORDS[int(rng.integers(len(WORDS)))]),
        ("travel", str(rng.choice(["walk", "bus", "car"], p=[0.2, 0.4, 0.4]))),
        ("cost_cents", str(rng.choice(["0", "500", "100000"], p=[0.4, 0.2, 0.4]))),
        ("party", str(rng.choice(["1", "2"], p=[0.9, 0.1]))),
        ("age", str(rng.choice(["", "25_34", "45_54", "65_74", "75_84"], p=[0.2, 0.2, 0.2, 0.25, 0.15]))),
        ("language", str(rng.choice(["en", "es"], p=[0.85, 0.15]))),
        ("consent", "digest"),
    ]
    if zips:
        fields.append(("zip", zips[int(rng.integers(len(zips)))]))
    else:
        fields += _home(rng, around)
    chosen = rng.choice(len(topics()), size=int(rng.integers(1, 4)), replace=False)
    fields += [("interests", topics()[int(at)].code) for at in chosen]
    fields += [("available", cell) for cell in _free(rng)]
    if rng.random() < 0.15:
        fields.append(("needs", str(rng.choice(["step_free", "seated", "quiet", "wheelchair"]))))
    return fields


def _free(rng: np.random.Generator) -> list[str]:
    """Boxes of the week, ticked as one of the routines goes."""
    _, weekday, weekend = ROUTINES[int(rng.choice(len(ROUTINES), p=[share for share, _, _ in ROUTINES]))]
    if weekday is None or weekend is None:
        return []
    chances = [weekday] * 5 + [weekend] * 2
    return [
        f"{day}-{part}"
        for day, of_day in zip(DAYS, chances, strict=True)
        for part, p in zip(PARTS, of_day, strict=True)
        if rng.random() < p
    ]


def _home(rng: np.random.Generator, around: Sequence[Point]) -> list[tuple[str, str]]:
    lat, lon = around[int(rng.integers(len(around)))]
    north, east = rng.normal(0, 0.02, 2)
    return [("lat", f"{lat + north:.3f}"), ("lon", f"{lon + east:.3f}")]
