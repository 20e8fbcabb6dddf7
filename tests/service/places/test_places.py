"""Codes to points, zones and distances."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import Broken, Invalid
from service.places.distance import distance_km, rounded
from service.places.places import Places, currency_of, folded, open_places, read_places, zone_of

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


def test_a_zip_code_gives_the_town_its_point_and_its_clock() -> None:
    place = Places().find("60640")
    assert (place.name, place.state, place.zone) == ("Chicago", "IL", "America/Chicago")
    assert distance_km(place.lat, place.lon, 41.97, -87.66) < 1


@pytest.mark.parametrize("typed", [" 60640 ", "60640-1234", "606401234"])
def test_a_zip_code_is_understood_as_people_type_it(typed: str) -> None:
    assert Places().find(typed).code == "60640"


@pytest.mark.parametrize("typed", ["", "6064", "00000", "ABCDE", "٦٠٦٤٠", "60640-12", "6" * 5000, "60640\n<script>"])
def test_what_is_no_zip_code_is_refused_by_name(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Places().find(typed)
    assert refusal.value.fields == {"zip": "zip"}


def test_a_zip_code_without_a_point_on_the_map_is_refused() -> None:
    """09001 is a military code: it has no place where an activity could be near."""
    with pytest.raises(Invalid):
        Places().find("09001")


def test_an_operator_brings_codes_of_another_country(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("code,name,lat,lon,zone\nSW1A 1AA,Westminster,51.50101,-0.14156,\n10117,Berlin,52.517,13.388,Europe/Berlin\n")
    places = open_places(str(file))
    assert places.find("sw1a1aa").zone == "Europe/London"
    assert (places.find("SW1A 1AA").lat, places.find("10117").name) == (51.501, "Berlin")
    assert places.find("60640").name == "Chicago"


def test_every_bad_row_of_the_operators_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("code,name,lat,lon,zone\nA,North,north,1,\nB,Far,95,1,\nC,Odd,1,1,Europe/Nowhere\n,Nameless,1,1,\nD,Fine,1,1,\n")
    with pytest.raises(Broken) as refusal:
        read_places(file)
    assert sorted(refusal.value.fields) == ["line 2", "line 3", "line 4", "line 5"]


def test_a_file_without_its_columns_says_which() -> None:
    with pytest.raises(Broken) as refusal:
        read_places(Path(__file__))
    assert "lat" in refusal.value.fields


def test_a_point_has_the_clock_of_its_place() -> None:
    assert zone_of(40.44, -79.996) == "America/New_York"
    assert zone_of(33.45, -112.07) == "America/Phoenix"


def test_a_known_distance() -> None:
    """Paris to London, 343.5 km between the centers by the great circle."""
    assert distance_km(48.8566, 2.3522, 51.5074, -0.1278) == pytest.approx(343.56, abs=0.5)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_the_same_both_ways_and_never_beyond_half_the_globe(a: float, b: float, c: float, d: float) -> None:
    there, back = distance_km(a, b, c, d), distance_km(c, d, a, b)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_016


@given(latitudes, longitudes)
def test_rounding_moves_a_home_by_no_more_than_80_meters_and_only_once(lat: float, lon: float) -> None:
    near = rounded(lat, lon)
    assert distance_km(lat, lon, *near) < 0.08
    assert rounded(*near) == near


@given(st.text())
def test_folding_a_code_twice_is_folding_it_once(code: str) -> None:
    assert folded(folded(code)) == folded(code)


@pytest.mark.parametrize(
    ("zone", "currency"),
    [("America/New_York", "USD"), ("America/Toronto", "CAD"), ("Europe/Berlin", "EUR"), ("America/Mexico_City", "MXN"), ("UTC", "USD")],
)
def test_a_price_is_of_the_money_of_its_place(zone: str, currency: str) -> None:
    assert currency_of(zone) == currency
