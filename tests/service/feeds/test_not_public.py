"""A calendar's own meetings, kept rooms and talks on a screen are offered to nobody; what only sounds like one stays."""

import pytest

from service.feeds.not_public import not_for_the_public

NOT_PUBLIC = [
    "Intern Orientation", "Intern county check-in", "Interns weekly meeting", "Staff meeting", "All-staff training",
    "Staff only: inventory",
    "STAFF IN-SERVICE", "Executive Committee", "Executive board meeting", "Board meeting (closed)", "Closed board meeting",
    "Library board meeting - executive session", "HOLD", "HOLD - Room B", "HOLD for the mayor", "Private event", "Hall: private party",
    "Closed for a private event", "Private rental", "Gym rental", "Room rental (choir)", "Tabling at the harvest fair",
    "Tabling/Pop-up @ Market Square", "Spring tabling for the food bank", "Placeholder",
]  # fmt: skip
ONLINE = ["Live Webinar", "Webinar: pruning roses", "Pruning roses, a WEBINAR", "Membership webinars 2026"]
PUBLIC = [
    "Board game night", "Internet basics", "International potluck", "Holding space yoga", "Intern to master: a talk", 
    "Staff picks film night",
    "Private lives: a play", "Tablet help", "Hold on tight: a concert", "HOLD THE LINE: songs of the railroad", "Household repair",
    "Board meeting", "Public board meeting", "Staff meeting, open to the public", "Webinar watch party", "How to host a webinar",
    "Private investigator mystery dinner", "Threshold singers", "Timetabling for trains", "Internal family systems: a talk",
    "How to plan for private events", "Interns and mentors: an art show", "Skateboard meeting point walk", "Dance party", "Ski rental swap",
    "Hold: a dance piece", "Staffordshire terriers meet", "Board and brush", "Members meeting", "Executive functions: a talk",
    "Table tennis at the hall", "Private and public gardens tour",
]  # fmt: skip


@pytest.mark.parametrize("title", NOT_PUBLIC)
def test_what_a_house_keeps_for_itself_is_refused_by_name(title: str) -> None:
    assert not_for_the_public(title) == not_for_the_public(f"  {title} ") == "not_for_the_public"


@pytest.mark.parametrize("title", ONLINE)
def test_what_takes_place_on_a_screen_is_refused_by_name(title: str) -> None:
    assert not_for_the_public(title) == "online_only"


@pytest.mark.parametrize("title", PUBLIC)
def test_what_only_sounds_like_it_stays(title: str) -> None:
    assert not_for_the_public(title) == ""
