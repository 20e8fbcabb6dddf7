"""Distances between points, and how a person would say them."""

from __future__ import annotations

import math
from typing import Literal

EARTH_KM = 6371.0088  # mean radius (IUGG)
Travel = Literal["walk", "bus", "car"]
REACH_KM: dict[Travel, float] = {"walk": 1.5, "bus": 8.0, "car": 25.0}

# Wide steps on purpose: three distances told in words must not give a home away.
_WORDS: dict[Travel, tuple[tuple[float, str], ...]] = {
    "walk": (
        (0.8, "a short walk"),
        (1.6, "about 20 minutes on foot"),
        (2.6, "about 35 minutes on foot"),
        (math.inf, "a long walk"),
    ),
    "bus": (
        (0.8, "a short walk"),
        (2.5, "about 10 minutes by bus"),
        (5.0, "about 20 minutes by bus"),
        (9.0, "about 30 minutes by bus"),
        (math.inf, "a longer ride by bus"),
    ),
    "car": (
        (0.8, "a short walk"),
        (5.0, "about 10 minutes by car"),
        (12.0, "about 20 minutes by car"),
        (26.0, "about 30 minutes by car"),
        (math.inf, "a longer drive"),
    ),
}


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance between two points given in degrees (haversine)."""
    rise, turn = math.radians(other_lat - lat), math.radians(other_lon - lon)
    chord = math.sin(rise / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def rounded(lat: float, lon: float) -> tuple[float, float]:
    """To three decimals, about 100 m: the most that is ever stored of where a person lives."""
    return round(lat, 3), round(lon, 3)


def in_words(km: float, travel: Travel) -> str:
    """An English sentence, key of the catalogs."""
    return next(words for limit, words in _WORDS[travel] if km <= limit)
