"""An event lies where its words say; where they name a far place that nobody knows it is refused, and no town passes for a point."""

from __future__ import annotations

from datetime import datetime

import pytest

from service.feeds.elsewhere import territory_in
from service.feeds.model import ParsedEvent
from service.feeds.places import FeedHome, PlacedEvent, placed
from service.feeds.vevent import Unreadable
from service.places.model import Place
from service.places.places import Places, zone_of

NOON = datetime(2026, 12, 1, 12)  # noqa: DTZ001


def home(name: str, lat: float, lon: float) -> FeedHome:
    return FeedHome(name=name, lat=lat, lon=lon, zone=zone_of(lat, lon))


ROANOKE, LANCASTER = home("Roanoke, VA", 37.27, -79.94), home("Lancaster, PA", 40.04, -76.31)
TORONTO, ELM_HOUSE = home("Toronto, ON", 43.65, -79.38), home("Elm House", 40.75, -73.99)


def put(place: str, at: FeedHome, *, places: Places | None = None, lat: float | None = None, lon: float | None = None) -> PlacedEvent:
    event = ParsedEvent(row=1, uid="a", title="Kite workshop", start=NOON, place=place, lat=lat, lon=lon)
    return placed(event, home=at, places=places or Places())


FAR = [
    ("12 Maple St #4, Concord, ON L4K 9Z9, Canada", LANCASTER, "ON"),
    ("Maple Hall, Toronto, Ontario, Canada", LANCASTER, "ON"),
    ("Maple Hall, Toronto, ON, CA", LANCASTER, "ON"),
    ("Maple Hall, M4C 9Z9", LANCASTER, "ON"),
    ("Anchor Bar, 3 Long Row, London, SW1A 9ZZ, United Kingdom", LANCASTER, "GB"),
    ("Anchor Bar, Saint Albans, GB", TORONTO, "GB"),
    ("Opera House, New York, NY", LANCASTER, "NY"),
    ("Opera House, Newark NJ", ROANOKE, "NJ"),
    ("Opera House, Newark, New Jersey, United States", LANCASTER, "NJ"),
    ("Opera House, Buffalo, NY", TORONTO, "NY"),
    ("Opera House, Gatineau, QC", TORONTO, "QC"),
    ("Opera House, Newark, NJ 00000", LANCASTER, "NJ"),
    ("Opera House, Newark, NJ", ELM_HOUSE, "NJ"),
]
NEAR = [
    ("", ROANOKE), ("The green door", ROANOKE), ("Elm Hall, Salem, VA", ROANOKE), ("Elm Hall, Salem VA", ROANOKE),
    ("Elm Hall, Salem, Virginia, USA", ROANOKE), ("Park, NW corner of Elm and Oak", ROANOKE), ("BRING IT ON", ROANOKE),
    ("Stage, Washington", ROANOKE), ("Ontario Street Studio, upstairs", ROANOKE), ("Room B12 2ND floor", ROANOKE),
    ("Maple Hall, Toronto, ON M4C 9Z9", TORONTO), ("Maple Hall, Toronto, Canada", TORONTO), ("Cafe, Georgia", LANCASTER),
    ("Mexico Street School", LANCASTER), ("Elm House, New York, NY", ELM_HOUSE), ("Table IN, ME and OR", LANCASTER),
]  # fmt: skip


@pytest.mark.parametrize(("place", "at", "named"), FAR, ids=lambda value: value if isinstance(value, str) else value.name)
def test_an_address_of_another_country_or_state_never_lies_at_the_home_of_its_calendar(place: str, at: FeedHome, named: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        put(place, at)
    assert (refusal.value.code, dict(refusal.value.params)) == ("another_part_of_the_world", {"place": named})


@pytest.mark.parametrize(("place", "at"), NEAR, ids=lambda value: value if isinstance(value, str) else value.name)
def test_a_place_that_nobody_knows_is_told_as_in_or_near_the_home_of_its_calendar(place: str, at: FeedHome) -> None:
    where = put(place, at)
    assert (where.lat, where.lon, where.near, where.zip) == (at.lat, at.lon, at.name, None)


@pytest.mark.parametrize(
    ("place", "town"),
    [
        ("Elm Hall, 5 Oak Ave, Bloomington, IN 47408", "Bloomington, IN"),
        ("Elm Hall, Bloomington, IN, 47408-1234, USA", "Bloomington, IN"),
        ("Elm Hall, New Providence, New Jersey, 07974, United States", "New Providence, NJ"),
    ],
)
def test_the_middle_of_a_zip_is_no_point_of_a_street(place: str, town: str) -> None:
    where = put(place, LANCASTER)
    assert (where.near, where.town) == (town, town)
    own = put(place, LANCASTER, lat=39.165, lon=-86.527)
    assert (own.lat, own.lon, own.near, own.zip) == (39.165, -86.527, "", where.zip)


def test_a_postal_code_of_another_country_that_the_operator_knows_is_its_place() -> None:
    concord = Place(code="L4K 9Z9", name="Concord", state="ON", lat=43.8, lon=-79.48, zone="America/Toronto")
    where = put("12 Maple St, Concord, ON L4K 9Z9, Canada", LANCASTER, places=Places({"L4K9Z9": concord}))
    assert (where.lat, where.lon, where.near, where.zone) == (43.8, -79.48, "Concord, ON", "America/Toronto")


def test_words_without_a_country_or_state_name_none() -> None:
    for words in ("", "Elm House", "Room 4, second floor", "Oak Ave 12345", "IN", "Ontario", "Indiana"):
        assert territory_in(words) == ("", "")
