"""Sets the stage: partners with their forms, centers with their activities; from our sample, or from files."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec

from service.activities.model import NOTE_LABELS
from service.activities.posting import NewActivity
from service.activities.recurrence import Series, expand
from service.clock import monday_of
from service.crypto import Vault
from service.db import Database
from service.demo import client
from service.demo.model import Sample, SampleActivity, SampleCenter, SampleOrganization, SamplePartner
from service.errors import Refusal
from service.feeds.absorb import ImportReport
from service.feeds.actions import import_source
from service.forms import actions as forms
from service.organizations import actions as organizations
from service.organizations import keys
from service.organizations.model import NewOrganization, OrganizationKind
from service.places.places import Places

SAMPLE = Path(__file__).with_name("neighborhood.toml")
MAPS = Path(__file__).resolve().parents[2] / "deploy" / "maps"
IMPORTED = "imported-activities"


def sample() -> Sample:
    return msgspec.convert(tomllib.loads(SAMPLE.read_text(encoding="utf-8")), Sample)


async def open_partners(database: Database, partners: list[SamplePartner], *, places: Places, now: datetime) -> list[str]:
    """The slugs of their forms."""
    for partner in partners:
        async with database.transaction() as conn:
            new = _organization("partner", partner)
            organization = await organizations.create(conn, new=new, places=places, now=now)
            await forms.create(conn, organization=organization, slug=partner.form, title=partner.title, intro=partner.intro, now=now)
    return [partner.form for partner in partners]


async def open_centers(database: Database, centers: list[SampleCenter], *, base_url: str, places: Places, now: datetime) -> int:
    """Each center gets a key and posts by the center API, as its own program would. How many activities were posted."""
    posted = 0
    async with client.connections() as http:
        for center in centers:
            key = await _open_center(database, center, places=places, now=now)
            for activity in center.activities:
                await client.post_json(
                    http,
                    f"{base_url}/api/v1/centers/{center.slug}/activities",
                    new_activity(center, activity, now),
                    key=key,
                    retry_key=f"{center.slug}-{posted}",
                )
                posted += 1
    return posted


async def _open_center(database: Database, center: SampleCenter, *, places: Places, now: datetime) -> str:
    """A key of the new center."""
    async with database.transaction() as conn:
        organization = await organizations.create(conn, new=_organization("center", center), places=places, now=now)
        return await keys.mint(conn, organization_id=organization.id, scopes=["activities:write"], now=now)


def _organization(kind: OrganizationKind, entry: SampleOrganization) -> NewOrganization:
    return NewOrganization(kind=kind, slug=entry.slug, name=entry.name, postal_address=entry.postal_address, zip=entry.zip)


def new_activity(center: SampleCenter, entry: SampleActivity, now: datetime) -> NewActivity:
    """What a center of the sample posts; the series begins in the week of `now` or soon after."""
    low, high = entry.ages
    return NewActivity(
        title=entry.title,
        description=entry.description,
        starts_at_local=_first_date(entry.rule, time.fromisoformat(entry.start), monday_of(now.date())),
        duration_min=entry.minutes,
        rrule=entry.rule,
        place_name=center.place,
        zip=center.zip,
        capacity=entry.capacity,
        minimum=entry.minimum,
        cost_cents=entry.cost,
        age_min=low,
        age_max=high,
        languages=entry.languages,
        access_yes=entry.yes,
        access_no=entry.no,
        **{name: getattr(entry, name) or getattr(center.notes, name) for name in NOTE_LABELS},
    )


def _first_date(rule: str, at: time, monday: date) -> datetime:
    """The first one that the rule gives from this Monday on, as wall-clock time: begun on another day, it has a date too many."""
    begins = datetime.combine(monday, time(), UTC)
    series = Series(start=datetime.combine(monday - timedelta(days=1), at), duration=timedelta(0), zone="UTC", rule=rule)
    return expand(series, after=begins, before=begins + timedelta(days=35))[0].local_start


class Imported(msgspec.Struct, frozen=True):
    """A file and what became of its rows; `refusal`: why none of it could be read."""

    file: str
    report: ImportReport | None
    refusal: str = ""


async def import_files(database: Database, paths: list[Path], *, places: Places, vault: Vault, now: datetime) -> list[Imported]:
    """Every file of the paths, read or refused by name."""
    async with database.transaction() as conn:
        new = NewOrganization(
            kind="center", slug=IMPORTED, name="Imported activities", postal_address="1 Sample Street, Toledo, OH 43604", zip="43604"
        )
        await organizations.create(conn, new=new, places=places, now=now)
    return [await _import(database, path, map_file, places, vault, now) for path, map_file in _files(paths)]


def _files(paths: list[Path]) -> list[tuple[Path, Path | None]]:
    """Files with the map that goes with their folder's name."""
    files: list[tuple[Path, Path | None]] = []
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        chosen = [file for file in inside if file.name.lower().endswith((".ics", ".csv", ".csv.gz"))] if path.is_dir() else inside
        calendars = any(file.suffix == ".ics" for file in chosen)
        for file in chosen:
            map_file = MAPS / f"{file.resolve().parent.name}.toml"
            if not (calendars and file.name == "ics_index.csv"):  # that one tells of the others' homes
                files.append((file, map_file if map_file.is_file() and file.suffix != ".ics" else None))
    return files


async def _import(database: Database, path: Path, map_file: Path | None, places: Places, vault: Vault, now: datetime) -> Imported:
    try:
        report = await import_source(database, source=str(path), center=IMPORTED, map_file=map_file, places=places, vault=vault, now=now)
    except Refusal as refusal:
        return Imported(path.name, None, str(refusal))
    return Imported(path.name, report)
