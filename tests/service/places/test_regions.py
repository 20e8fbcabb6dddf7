"""Regions: what is within 60 km is one neighborhood to match."""

import asyncio

from service.db import Conn, Database
from service.places.regions import all_regions, region_for, slugify

CHICAGO, EVANSTON, MILWAUKEE = (41.88, -87.63), (42.045, -87.688), (43.04, -87.91)
ZONE = "America/Chicago"


async def test_the_suburb_belongs_to_the_city_and_the_next_city_does_not(conn: Conn) -> None:
    chicago = await region_for(conn, *CHICAGO, "Chicago, IL", ZONE)
    assert await region_for(conn, *EVANSTON, "Evanston, IL", ZONE) == chicago
    assert await region_for(conn, *MILWAUKEE, "Milwaukee, WI", ZONE) != chicago
    assert [region.slug for region in await all_regions(conn)] == ["chicago-il", "milwaukee-wi"]


async def test_the_nearest_of_two_regions_wins(conn: Conn) -> None:
    await region_for(conn, *CHICAGO, "Chicago, IL", ZONE)
    milwaukee = await region_for(conn, *MILWAUKEE, "Milwaukee, WI", ZONE)
    assert await region_for(conn, 42.75, -87.85, "Racine, WI", ZONE) == milwaukee


async def test_two_places_of_one_name_far_apart_are_two_regions(conn: Conn) -> None:
    one = await region_for(conn, 39.8, -89.65, "Springfield", ZONE)
    other = await region_for(conn, 37.2, -93.29, "Springfield", ZONE)
    assert one != other
    assert [region.slug for region in await all_regions(conn)] == ["springfield", "springfield-372n-933w"]


async def test_any_number_of_places_may_have_one_name(conn: Conn) -> None:
    spots = [(lat, lon) for lat in range(-60, 61, 8) for lon in range(-176, 177, 32)]
    opened = [await region_for(conn, lat, lon, "Springfield", "UTC") for lat, lon in spots]
    assert len(set(opened)) == len(spots) > 150
    assert [await region_for(conn, lat + 0.3, lon, "Springfield", "UTC") for lat, lon in spots] == opened


async def test_two_people_arriving_at_once_open_one_region(db: Database) -> None:
    async def arrive() -> object:
        async with db.transaction() as conn:
            return await region_for(conn, *CHICAGO, "Chicago, IL", ZONE)

    assert len(set(await asyncio.gather(*(arrive() for _ in range(8))))) == 1


def test_every_name_gives_a_slug() -> None:
    assert slugify("São Paulo, Centro") == "sao-paulo-centro"
    assert slugify("القاهرة") == "place"
    assert slugify("St. Mary's & Co.") == "st-mary-s-co"
