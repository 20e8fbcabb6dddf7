"""The roster of a date as a table for spreadsheets: what its page shows of who comes, and nothing more."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response

from service.centers import roster
from service.centers.pages import at_work
from service.centers.roster import NamedGuest, Roster
from service.centers.store import Date
from service.context import app_context
from service.organizations.pages import lead_to_sign_in
from service.registrations.model import WalkIn
from service.web.connection import AnyRequest
from service.web.csv_table import csv_answer
from service.web.i18n import Translator
from service.web.templating import say_for


@get("/dates/{id:uuid}/roster.csv", include_in_schema=False)
async def roster_file(request: AnyRequest, slug: FromPath[str], id: FromPath[UUID]) -> Response[bytes]:
    """For everybody who may see the page. Raises Missing for another center's date."""
    state = app_context(request)
    async with at_work(request, slug) as staff_request:
        read = await roster.read(staff_request.conn, organization_id=staff_request.id, session_id=id, vault=state.vault, now=state.clock())
    return csv_answer(roster_rows(read, say_for(request)), name=_file_name(read.date))


def roster_rows(read: Roster, say: Translator) -> list[list[str]]:
    """One line of headings, then a line for each guest and for each note of people without a seat."""
    headings = [say("Name"), say("How many"), say("New here"), say("Attendance"), say("Who came without a seat")]
    return [headings, *(_guest(guest, say) for guest in read.guests), *(_walk_in(walk_in, say) for walk_in in read.walk_ins)]


def _guest(row: NamedGuest, say: Translator) -> list[str]:
    came = {"attended": say("Came"), "missed": say("Did not come")}.get(row.guest.state, "")
    return [row.name or say("A guest without a name"), str(row.guest.party), say("Yes") if row.guest.is_new else "", came, ""]


def _walk_in(walk_in: WalkIn, say: Translator) -> list[str]:
    return [walk_in.first_name or "", str(walk_in.people), "", say("Came"), say("Yes")]


def _file_name(date: Date) -> str:
    """Of the day and hour: the title of a group could say something about its guests to whoever sees the file."""
    return f"roster-{date.starts_at.astimezone(ZoneInfo(date.zone)):%Y-%m-%d-%H%M}"


ROUTES = [Router("/center/{slug:str}", route_handlers=[roster_file], exception_handlers=lead_to_sign_in)]
