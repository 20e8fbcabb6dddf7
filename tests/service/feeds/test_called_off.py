"""What the words of a calendar call off, and what only sounds like it. All titles are invented."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.activities.recurrence import Occurrence, Series, expand
from service.feeds.called_off import called_off, days_off, description_off, says_none_of, status_off, without_notice
from service.feeds.ical import parse
from service.feeds.model import ParsedEvent
from tests.service.feeds.calendars import calendar

DAY = date(2026, 3, 17)

OFF = """
**CANCELLED**
CANCELED - Quilting bee
Quilting bee (cancelled)
Quilting bee - POSTPONED
[Closed]
NO CLASS
no meeting
Library closed
Potluck rescheduled to March 24
RESCHEDULED: Kite workshop
CANCELLED DUE TO ICE Early bird swim
GYM CLOSED - no open gym
❌CANCELLED❌ Accordion hour
~~Cancelled~~ Domino night
C A N C E L L E D Accordion hour
𝐂𝐀𝐍𝐂𝐄𝐋𝐋𝐄𝐃 Domino night
CANCLED Domino night
CXLD Domino night
domino night cancelled
Domino night is cancelled today
Domino night has been postponed
Postponed Evening Poetry Club
POSTPONED EVENING POETRY CLUB
Post-poned: Bell choir
Cancelled, ice: Bell ringers
No class today - Seated stretching
Seated stretching - no class this week
Seated stretching (no class 3/17)
No classes, building closed
NO REHEARSAL
Closed for the holiday
Closed Memorial Day
CLUBS CLOSED Summer Shutdown
CLOSED Pottery with Una
Labor Day-Closed
Holiday closure: founders' day
EARLY CLOSURE
DELAYED OPENING
LIBRARY CLOSES at 3pm today
CLOSING @ 1 PM
Rained out - Kickball
Bell ringers - not meeting this week
Bell ringers will not meet
Bell choir called off
Moved to Thursday: Poetry club
Pool closed (staff training)
After school art CLOSED
Weather cancellation: Barn tour
Cancelado: Taller de cometas
Taller de cometas (CANCELADA)
SUSPENDIDO - Taller de cometas
Tertulia pospuesta
Reunión aplazada
Biblioteca cerrada
No hay clase
Sin clase hoy
Reprogramado: Cine de barrio
Se suspende el taller de cometas
ANNULÉ - Atelier de cerfs-volants
Atelier de cerfs-volants annulé
Atelier reporté au 24 mars
Bibliothèque fermée
Pas de cours
Fermeture exceptionnelle
ملغى: ورشة الطائرات الورقية
""".strip().splitlines()

ON = """
Closed loop tour
Closed-Loop Tour
CLOSED LOOP TOUR
Cancel culture book talk
Closed captioning film
Closed-captioned film night
Postponed joy: a memoir reading
Postponed Joy: A Memoir Reading
Disclosed
enclosed garden
Enclosed Garden Walk
Case closed: a mystery supper
Eyes wide closed: meditation
Behind closed doors
How the quarry closed: a history evening
AA Meeting (Closed)
Closed AA Meeting
Kiln hours (closed Mondays)
Bonfire (cancelled if it rains)
Bonfire - may be cancelled in high wind
Cancelled stamps of the islands
Noise-cancelling headphones workshop
Debt cancellation evening
How to cancel a subscription
Suspended like a kite - youth orchestra
Suspension bridge model club
Jardines suspendidos: charla
A puerta cerrada
Visite de la ferme
Marché à la FERME
Fermeture éclair : atelier couture
Le report de la dette
Exhibit closing reception
Closing concert
Cooking with beans (RESCHEDULED FROM MARCH 9)
Potluck (rescheduled to March 17)
NEW DATE! Lantern walk
No Fences - a tribute night
No experience needed yoga
No Sew Pillow Class
No class required
No School Day Camp
Seated stretching (no class 3/24)
Seated stretching - no class 3/24 & 3/31
Lantern walk (registration closed)
School closures: a community conversation
Never closed: the diner story
Lantern walk is not cancelled
Annular eclipse watch
Moved to tears: poetry night
Poetry club (moved to Room 5)
Finding closure: grief circle
Open to close dance party
Sold out: Lantern walk
""".strip().splitlines()


@pytest.mark.parametrize("title", OFF)
def test_a_title_that_calls_its_event_off_is_understood(title: str) -> None:
    assert called_off(title, on=DAY)


@pytest.mark.parametrize("title", ON)
def test_a_title_that_only_sounds_like_it_is_left_alone(title: str) -> None:
    assert not called_off(title, on=DAY)


@pytest.mark.parametrize("notice", ["cancelled", "Canceled", "CANCELLED", "cancelada", "annulée"])
@pytest.mark.parametrize(
    "pattern", ["{} - Bell choir", "{}: Bell choir", "{} Bell choir", "Bell choir ({})", "[{}] Bell choir", "*** {}! *** Bell choir"]
)
def test_decoration_and_place_of_a_notice_do_not_matter(notice: str, pattern: str) -> None:
    title = pattern.format(notice)
    assert called_off(title, on=DAY)
    assert without_notice(title) == "Bell choir"


def test_rescheduled_is_off_at_its_old_date_and_on_at_its_new_one() -> None:
    title = "Potluck - rescheduled to Tuesday, March 24"
    assert called_off(title, on=date(2026, 3, 17))
    assert not called_off(title, on=date(2026, 3, 24))
    assert called_off("Potluck (rescheduled)", on=DAY)
    assert not called_off("Potluck (rescheduled)", on=DAY, moved=True)
    assert called_off("Potluck (cancelled)", on=DAY, moved=True)


def test_the_title_of_a_series_may_call_off_single_days() -> None:
    assert days_off("Tea (no class 3/17 & 3/24)") == {(3, 17), (3, 24)}
    assert days_off("Tea - no meeting Nov. 24, Dec 1st") == {(11, 24), (12, 1)}
    assert days_off("Tea closed July 4th") == {(7, 4)}
    assert days_off("Tea for two, March 17") == frozenset()
    assert not called_off("Tea (no class 3/17)", on=None)
    assert called_off("CANCELLED: Tea", on=None)


@pytest.mark.parametrize(
    ("status", "off"),
    [
        ("CANCELLED", True),
        ("CANCELED - ice", True),
        ("Postponed", True),
        ("closed", True),
        ("Closed for the season", True),
        ("event cancelled by host", True),
        ("EventCancelled", True),
        ("https://schema.org/EventPostponed", True),
        ("Cancelada", True),
        ("Reporté", True),
        ("off", True),
        ("", False),
        ("CONFIRMED", False),
        ("Open", False),
        ("Offered", False),
        ("https://schema.org/EventRescheduled", False),
        ("EventScheduled", False),
        ("Registration closed", False),
        ("not cancelled", False),
    ],
)
def test_status_words_are_read_with_what_stands_beside_them(status: str, off: bool) -> None:
    assert status_off(status) is off


@pytest.mark.parametrize(
    ("description", "off"),
    [
        ("***This event has been cancelled.***", True),
        ("Due to high water, this walk has been canceled. It was to lead to the mill.", True),
        ("CANCELLED\n\nWe read the second chapter.", True),
        ("Please note: this meeting is postponed until spring.", True),
        ("Speaker: NO MEETING THIS WEEK", True),
        ("CANCELLED: the other walk. This one leads to the mill.", False),
        ("This walk is cancelled if it rains.", False),
        ("We meet on Mondays. No class January 19.", False),
        ("No class experience is needed.", False),
        ("Our cancellation policy: two days.", False),
        ("This walk was rescheduled because of ice.", False),
    ],
)
def test_a_description_counts_where_it_begins_with_the_call_off(description: str, off: bool) -> None:
    assert description_off(description) is off


def test_none_of_a_series_is_understood_beside_the_title_of_the_series() -> None:
    assert says_none_of("No lantern walk", "Friday lantern walk")
    assert says_none_of("NO BELLS THIS TIME", "Hand bells")
    assert not says_none_of("No lantern walk", "Pottery")
    assert not says_none_of("No Fences tribute", "No Fences tribute")


SERIES = "UID:tea\nSUMMARY:{title}\nDTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}\nDURATION:PT1H\nRRULE:{rule}"
ONE_DATE = (
    "UID:tea\nSUMMARY:{title}\nDTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}\nDURATION:PT1H\nRECURRENCE-ID;TZID={zone}:{original:%Y%m%dT%H%M%S}"
)
ZONES = ["America/New_York", "America/Los_Angeles", "Europe/Paris", "Australia/Lord_Howe", "America/Phoenix"]
AFTER = datetime(2025, 12, 1, tzinfo=UTC)


def dates(event: ParsedEvent) -> list[Occurrence]:
    assert event.zone
    assert not event.cancelled
    series = Series(
        start=event.start,
        duration=event.duration or timedelta(0),
        zone=event.zone,
        rule=event.rrule,
        exdates=event.exdates,
        rdates=event.rdates,
    )
    return expand(series, after=AFTER, before=AFTER + timedelta(days=390))


@settings(max_examples=200, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 20)).map(lambda moment: moment.replace(second=0, microsecond=0)),  # noqa: DTZ001
    rule=st.sampled_from(["FREQ=DAILY;COUNT=20", "FREQ=WEEKLY;COUNT=9", "FREQ=WEEKLY;INTERVAL=2;COUNT=7", "FREQ=MONTHLY;COUNT=3"]),
    place=st.integers(0, 99),
    notice=st.sampled_from(["CANCELLED - Tea", "Tea (postponed)", "Hall closed", "No tea", "Té cancelado", "Thé annulé"]),
    in_utc=st.booleans(),
)
def test_one_date_called_off_in_its_own_title_is_off_and_all_others_stay(
    zone: str, start: datetime, rule: str, place: int, notice: str, in_utc: bool
) -> None:
    series = SERIES.format(title="Tea", zone=zone, start=start, rule=rule)
    [whole] = parse(calendar_of(series)).events
    before = dates(whole)
    chosen = before[place % len(before)]
    one_date = ONE_DATE.format(title=notice, zone=zone, start=chosen.original, original=chosen.original)
    if in_utc and chosen.local_start == chosen.original:
        one_date = one_date.replace(
            f"RECURRENCE-ID;TZID={zone}:{chosen.original:%Y%m%dT%H%M%S}", f"RECURRENCE-ID:{chosen.starts_at:%Y%m%dT%H%M%SZ}"
        )
    [event] = parse(calendar_of(series, one_date)).events
    assert dates(event) == [date for date in before if date != chosen]
    assert (event.rows, event.cancelled_rows) == (2, 1)


def calendar_of(*events: str, head: str = "") -> bytes:
    return calendar(*("\r\n".join(["BEGIN:VEVENT", *event.split("\n"), "END:VEVENT"]) for event in events), head=head)


ONCE = "UID:{uid}\nSUMMARY:{title}\nDTSTART;TZID=America/New_York:20260312T180000"


def test_method_cancel_calls_off_the_events_of_its_own_calendar_only() -> None:
    first = calendar_of(ONCE.format(uid="a", title="Soup"), head="METHOD:CANCEL")
    second = calendar_of(ONCE.format(uid="b", title="Stew"), head="METHOD:PUBLISH")
    assert [event.cancelled for event in parse(first + second).events] == [True, False]
    assert [event.cancelled for event in parse(second + first).events] == [False, True]


def test_a_call_off_counts_without_a_start_and_with_a_broken_one() -> None:
    series = SERIES.format(title="Tea", zone="America/New_York", start=datetime(2026, 3, 3, 10), rule="FREQ=WEEKLY;COUNT=4")  # noqa: DTZ001
    one_date = "UID:tea\nRECURRENCE-ID;TZID=America/New_York:20260310T100000\nSTATUS:CANCELLED"
    for more in ("", "\nDTSTART:soon", "\nSUMMARY:Tea\nDTSTART:20260310T140000Z\nDTEND:20260309T140000Z"):
        [event] = parse(calendar_of(series, one_date + more)).events
        assert [f"{date.original:%m-%d}" for date in dates(event)] == ["03-03", "03-17", "03-24"]
    [whole] = parse(calendar_of("UID:tea\nDTSTAMP:20260101T000000Z", head="METHOD:CANCEL")).events
    assert whole.cancelled
    assert whole.uid == "tea"


def test_of_two_rows_of_one_age_the_one_that_calls_off_counts() -> None:
    rows = [ONCE.format(uid="a", title=title) for title in ("Soup (cancelled)", "Soup")]
    for order in (rows, rows[::-1]):
        [event] = parse(calendar_of(*order)).events
        assert event.cancelled


def test_a_first_date_called_off_leaves_the_uid_to_those_that_take_place() -> None:
    rows = [ONCE.format(uid="a", title="Soup").replace("0312", f"03{day}") for day in (12, 19, 26)]
    events = parse(calendar_of(rows[0].replace("Soup", "CANCELLED: Soup"), *rows[1:])).events
    assert {event.uid: event.cancelled for event in events} == {"a": False, "a#20260312T1800": True}


def test_a_category_may_be_the_notice() -> None:
    [event] = parse(calendar_of(ONCE.format(uid="a", title="Thanksgiving") + "\nCATEGORIES:Library Closed")).events
    assert event.cancelled
    [event] = parse(calendar_of(ONCE.format(uid="a", title="Serenity group") + "\nCATEGORIES:Closed,Evening")).events
    assert not event.cancelled


def test_hostile_words_cost_no_time_to_speak_of() -> None:
    """Two hundred characters are what a title may have; a pattern that explodes would never come back from these."""
    for words in (
        "when ",
        "no ",
        "due to ",
        "closed on ",
        "3/1 ",
        "closed 3/1, ",
        "-",
        " ",
        "'",
        "is not ",
        "note: ",
        "post-",
        "closed is ",
    ):
        text = (words * 200)[:200]
        assert called_off(text, on=DAY) in (True, False)
        assert (description_off(text * 2), status_off(text)) is not None
        assert without_notice(text)
