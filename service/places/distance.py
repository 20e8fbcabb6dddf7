"""Distances between points, and how far each way of traveling reaches."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
EARTH_KM = 6371.0088  # mean radius (IUGG)
Travel = Literal["walk", "bus", "car"]
REACH_KM: dict[Travel, float] = {"walk": 1.5, "bus": 8.0, "car": 25.0}  # as the crow flies, unless the person says otherwise


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance between two points given in degrees (haversine)."""
    rise, turn = math.radians(other_lat - lat), math.radians(other_lon - lon)
    chord = math.sin(rise / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(turn / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def distances_km(lat: F64, lon: F64, other_lat: F64, other_lon: F64) -> F64:
    """The same for arrays of degrees that fit together."""
    a, b = np.radians(lat), np.radians(other_lat)
    chord = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord))))


def rounded(lat: float, lon: float) -> tuple[float, float]:
    """To three decimals, about 100 m: the most that is ever stored of where a person lives."""
    return round(lat, 3), round(lon, 3)
