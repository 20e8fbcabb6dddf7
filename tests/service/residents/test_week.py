"""A week of free hours."""

from service.residents.week import pack, without_evenings


def test_no_evenings_leaves_every_other_hour_as_it_was() -> None:
    assert without_evenings(pack(["mon-09", "tue-evening", "wed-afternoon", "thu-16", "thu-17", "fri-21"])) == pack(
        ["mon-09", "wed-afternoon", "thu-16"]
    )
    assert without_evenings(pack(["mon-evening", "fri-21"])) is None
    until_midnight = (1 << 48) - 1  # all of Monday
    assert without_evenings(until_midnight.to_bytes(42, "little")) == ((1 << 34) - 1).to_bytes(42, "little")
