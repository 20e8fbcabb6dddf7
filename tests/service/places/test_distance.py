"""One distance, however it is asked for: a pair of points, arrays of points, or the database."""

import asyncpg
import numpy as np
import pytest

from service.places.distance import distance_km, distances_km
from tests.matching.oracle import great_circle_km


async def test_python_arrays_and_the_database_give_the_same_kilometers(admin: asyncpg.Connection, rng: np.random.Generator) -> None:
    lat, other_lat = rng.uniform(-90, 90, (2, 300))
    lon, other_lon = rng.uniform(-180, 180, (2, 300))
    points = list(zip(lat.tolist(), lon.tolist(), other_lat.tolist(), other_lon.tolist(), strict=True))
    right = [great_circle_km(*point) for point in points]
    asked = "SELECT distance_km(a, b, c, d) AS km FROM unnest($1::float8[], $2::float8[], $3::float8[], $4::float8[]) AS p (a, b, c, d)"
    rows = await admin.fetch(asked, *(list(column) for column in zip(*points, strict=True)))
    assert [row["km"] for row in rows] == pytest.approx(right)
    assert [distance_km(*point) for point in points] == pytest.approx(right)
    assert distances_km(lat, lon, other_lat, other_lon).tolist() == pytest.approx(right)


def test_the_same_point_is_no_way_and_the_other_side_of_the_earth_is_half_its_round() -> None:
    assert distance_km(41.7, -83.5, 41.7, -83.5) == 0
    assert distance_km(41.7, -83.5, -41.7, 96.5) == pytest.approx(20_015.1, abs=0.1)
