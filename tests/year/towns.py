"""Three invented towns in three zones. One of them knows no summer time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from service.db import Database
from service.forms import actions as forms
from service.organizations import actions as organizations
from service.organizations import keys
from service.organizations.model import NewOrganization, OrganizationKind, Scope
from service.places.places import Places

SCOPES: tuple[Scope, ...] = ("activities:write", "roster:read", "attendance:write")


@dataclass(frozen=True)
class Plan:
    """What a center posts: its title, the day of the week it is on, the hour, its length and its seats."""

    title: str
    day: str
    hour: int
    minutes: int
    capacity: int


@dataclass(frozen=True)
class Center:
    """keeps_roster: whether its program notes who came."""

    slug: str
    key: str
    keeps_roster: bool

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@dataclass(frozen=True)
class YearTown:
    """activities: title -> (id, its center)."""

    name: str
    zip: str
    zone: str
    form: str
    activities: dict[str, tuple[UUID, Center]]

    @property
    def seats(self) -> dict[str, int]:
        """Of each title, in the room it was posted for."""
        return {plan.title: plan.capacity for plans in PLANS for plan in plans}

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))


PLACES = (
    ("Toledo", "43604", "America/New_York"),
    ("Portland", "97201", "America/Los_Angeles"),
    ("Phoenix", "85004", "America/Phoenix"),
)
PLANS = (
    (
        Plan("Chair yoga", "TU", 10, 60, 8),
        Plan("Garden morning", "SA", 9, 90, 10),
        Plan("Evening choir", "TH", 18, 75, 8),
    ),
    (
        Plan("Board games", "FR", 14, 120, 8),
        Plan("Soup and company", "WE", 12, 90, 6),
        Plan("Walking group", "SU", 8, 60, 10),
    ),
)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


async def open_towns(database: Database, client: httpx.AsyncClient, *, places: Places, now: datetime) -> list[YearTown]:
    """The second center of each town notes nobody's visits."""
    towns = []
    for name, code, zone in PLACES:
        form = f"{name.lower()}-clinic"
        async with database.transaction() as conn:
            partner = await organizations.create(conn, new=_new("partner", form, name, code), places=places, now=now)
            await forms.create(conn, organization=partner, slug=form, title="Meet your neighbors", intro="", now=now)
        activities: dict[str, tuple[UUID, Center]] = {}
        for number, plans in enumerate(PLANS):
            center = await _open_center(
                database, f"{name.lower()}-center-{number + 1}", name, code, keeps_roster=number == 0, places=places, now=now
            )
            activities |= {plan.title: (await _post(client, center, plan, now), center) for plan in plans}
        towns.append(YearTown(name, code, zone, form, activities))
    return towns


async def _open_center(database: Database, slug: str, town: str, code: str, *, keeps_roster: bool, places: Places, now: datetime) -> Center:
    async with database.transaction() as conn:
        organization = await organizations.create(conn, new=_new("center", slug, town, code), places=places, now=now)
        key = await keys.mint(conn, organization_id=organization.id, scopes=SCOPES, now=now)
    return Center(slug, key, keeps_roster)


def _new(kind: OrganizationKind, slug: str, town: str, code: str) -> NewOrganization:
    title = slug.replace("-", " ").title()
    return NewOrganization(kind=kind, slug=slug, name=title, postal_address=f"{title}, 1 Mill Street, {town} {code}", zip=code)


async def _post(client: httpx.AsyncClient, center: Center, plan: Plan, now: datetime) -> UUID:
    body = {
        "title": plan.title,
        "starts_at_local": first_date(now.date(), plan).isoformat(),
        "duration_min": plan.minutes,
        "rrule": f"FREQ=WEEKLY;BYDAY={plan.day}",
        "capacity": plan.capacity,
        "cost_cents": 0,
        "languages": ["en", "es"],
        "access_yes": ["step_free", "wheelchair", "seated"],
        "place_name": "The blue hall",
    }
    answer = await client.post(f"/api/v1/centers/{center.slug}/activities", json=body, headers=center.headers)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


def first_date(today: date, plan: Plan) -> datetime:
    """The first of its days after today, by the clock on the wall."""
    ahead = (DAYS.index(plan.day) - today.weekday() - 1) % 7 + 1
    return datetime.combine(today + timedelta(days=ahead), time(plan.hour))
