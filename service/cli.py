"""The `doorstep` command: reads arguments, calls the rooms, prints what happened."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec

from service import settings as settings_room
from service.clock import Clock, clock_starting_at, parse_week, system_clock
from service.errors import Broken, Refusal
from service.logs import configure
from service.say import say, show
from service.settings import Settings

LOGGING = {"up", "serve", "work"}  # the others speak for themselves

if TYPE_CHECKING:
    from service.inside import House
    from service.organizations.model import Role


class Instant(click.ParamType[datetime]):
    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """A date (its noon, UTC) or an instant in ISO 8601."""
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date or instant like 2026-03-09 or 2026-03-09T08:00:00-04:00", param, ctx)
        if len(value) == len("2026-03-09"):
            found = found.replace(hour=12)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


class Week(click.ParamType[date]):
    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return parse_week(value)
        except ValueError:
            self.fail(f"{value!r} is no week like 2026-W48", param, ctx)


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
data_dir = click.option("--data-dir", type=click.Path(file_okay=False), help="Where Postgres, Redis and the mailbox live (default: var).")
now_option = click.option("--now", type=Instant(), help="Start the clock here instead of at the present.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="doorstep", message="%(prog)s %(version)s")
@click.pass_context
def doorstep(context: click.Context) -> None:
    """Pairs neighbors with groups near their door, every week."""
    configure(os.environ.get("DOORSTEP_LOG_FORMAT", "plain"), quiet=context.invoked_subcommand not in LOGGING)


@doorstep.command()
@data_dir
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def up(data_dir: str | None, host: str, port: int) -> None:
    """Run everything on this machine: Postgres, Redis, API and worker."""
    from service import machine
    from workers.main import work

    port = port or machine.free_port(host)

    async def main(settings: Settings) -> None:
        stop = asyncio.Event()
        _on_signal(stop)  # whoever reads that it is up may stop it at once
        async with machine.whole(settings, system_clock, host=host, port=port, work=work) as address:
            say(f"Doorstep is up at {address}. Stop it with Ctrl-C.")
            await stop.wait()

    given = _settings(data_dir)
    if not os.environ.get("DOORSTEP_BASE_URL"):
        given = msgspec.structs.replace(given, base_url=machine.address_of(host, port))
    with machine.servers(given) as settings, machine.noted(settings):
        asyncio.run(main(settings))


@doorstep.command()
@data_dir
@click.option("--once", is_flag=True, help="Stop after the week.")
@as_json
@click.option("--residents", default=120, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--activities", multiple=True, type=click.Path(exists=True), help="Files or folders of activities, in place of the sample's.")
@now_option
@click.option("--seed", default=1, show_default=True)
@click.option("--port", default=0, help="Port of the pages; 0: any free one.", type=click.IntRange(0, 65535))
def demo(
    data_dir: str | None, once: bool, as_json: bool, residents: int, activities: tuple[str, ...], now: datetime | None, seed: int, port: int
) -> None:
    """Walk a sample neighborhood through one whole week, mails in a local mailbox."""
    from service.demo import week
    from workers import by_hand

    plan = week.Plan(residents=residents, activities=[Path(path) for path in activities], seed=seed)
    clock = clock_starting_at(now) if now else system_clock
    hands = week.Hands(deliver=by_hand.deliver, send=by_hand.send)
    wait = None if once else _until_told_to_stop
    with week.home(data_dir) as folder:
        done = week.walk(_settings(str(folder)), clock, plan=plan, port=port, hands=hands, wait=wait)
    show(msgspec.to_builtins(done), as_json=as_json)


@doorstep.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Run the API and the pages only."""
    import uvicorn

    from service.app import create_app

    settings = _shared_settings()
    asyncio.run(_refuse_old_schema(settings))
    uvicorn.run(create_app(settings, system_clock), host=host, port=port, log_config=None, forwarded_allow_ips=settings.proxies)


@doorstep.command()
def work() -> None:
    """Run a worker only."""
    from workers.main import work as run_worker

    async def main(settings: Settings) -> None:
        await _refuse_old_schema(settings)
        stop = asyncio.Event()
        _on_signal(stop)
        await run_worker(settings, system_clock, stop)

    asyncio.run(main(_shared_settings()))


@doorstep.command()
@click.option("--check", is_flag=True, help="Only say what is pending; exit 1 if anything is.")
def migrate(check: bool) -> None:
    """Bring the database's schema up to date."""
    from migrations import runner
    from service import machine

    with machine.joined(_settings(None), migrated=False) as settings:
        names = asyncio.run((runner.pending if check else runner.apply)(settings.admin_url))
    say("\n".join(f"{'pending' if check else 'applied'}: {name}" for name in names) or "nothing is pending")
    sys.exit(1 if check and names else 0)


@doorstep.group("import")
def import_() -> None:
    """Read activities or residents from files and feeds."""


@import_.command("activities")
@click.argument("source")
@click.option("--center", required=True, help="Slug of the center they belong to.")
@click.option("--format", "format_", type=click.Choice(["ics", "csv", "rpde", "jsonld"]), help="Default: by the name's ending.")
@click.option("--map", "map_file", type=click.Path(exists=True, dir_okay=False), help="Which column means what (CSV).")
@click.option("--dry-run", is_flag=True)
@now_option
@as_json
def import_activities(
    source: str, center: str, format_: str | None, map_file: str | None, dry_run: bool, now: datetime | None, as_json: bool
) -> None:
    """Import activities from a file or a URL."""
    from service.feeds import actions

    async def main(house: House) -> Any:
        return await actions.import_source(
            house.database,
            source=source,
            center=center,
            format=format_,
            map_file=Path(map_file) if map_file else None,
            dry_run=dry_run,
            now=_clock(now)(),
        )

    show(_inside(main), as_json=as_json)


@doorstep.command()
@click.option("--region", required=True, help="Slug of the region, or `all`.")
@click.option("--week", type=Week(), required=True)
@click.option("--dry-run", is_flag=True, help="Match, report, write nothing.")
@now_option
@as_json
def match(region: str, week: date, dry_run: bool, now: datetime | None, as_json: bool) -> None:
    """Match a region's week now. A week that was matched before is only reported."""
    from service.matches import actions
    from service.outcomes.demand import after_match

    async def main(house: House) -> Any:
        slugs = [r.slug for r in await actions.regions(house.database)] if region == "all" else [region]
        done = [await actions.match_week(house.database, region=slug, week=week, now=_clock(now)(), dry_run=dry_run) for slug in slugs]
        for one in done:
            if one.run_id:
                await after_match(house.database, run_id=one.run_id, now=_clock(now)())
        return done

    show(_inside(main), as_json=as_json)


@doorstep.command()
@click.argument("run", type=click.UUID)
@as_json
def replay(run: UUID, as_json: bool) -> None:
    """Match a stored run again and compare byte by byte."""
    from service.matches import actions

    async def main(house: House) -> Any:
        return await actions.replay(house.database, run_id=run)

    done = _inside(main)
    show(done, as_json=as_json)
    sys.exit(0 if done["equal"] else 1)


@doorstep.command()
@click.option("--region", required=True, help="Slug of the region, or `all`.")
@now_option
@as_json
def learn(region: str, now: datetime | None, as_json: bool) -> None:
    """Learn a region's score from its past weeks; it is used only if the latest of them say that it is better."""
    from service.matches import actions
    from service.matches import learning as room

    async def main(house: House) -> Any:
        slugs = [r.slug for r in await actions.regions(house.database)] if region == "all" else [region]
        return [await room.learn(house.database, region=slug, now=_clock(now)()) for slug in slugs]

    show(_inside(main), as_json=as_json)


@doorstep.command()
@click.option("--week", type=Week(), required=True)
@click.option("--region", help="Slug; default: all regions.")
@click.option("--dry-run", is_flag=True)
@now_option
@as_json
def send(week: date, region: str | None, dry_run: bool, now: datetime | None, as_json: bool) -> None:
    """Compose the week's digests, queue them, and deliver what is due."""
    from service import machine
    from workers.send_digests import send_week

    with machine.joined(_settings(None)) as settings:
        done = asyncio.run(send_week(settings, _clock(now), week=week, region=region, dry_run=dry_run))
    show(msgspec.to_builtins(done), as_json=as_json)


@doorstep.command()
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with the log's files.")
@click.option("--task", required=True, type=click.Choice(["next-group", "weekly", "chicago"]))
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Learn from before, measure on what came after.")
@click.option("--baselines", is_flag=True, help="Measure plain rankers beside ours.")
@click.option("--ablate", is_flag=True, help="Measure ours without each group of features, too.")
@click.option("--seed", default=1, show_default=True)
@as_json
def evaluate(data: Path, task: str, until: datetime, baselines: bool, ablate: bool, seed: int, as_json: bool) -> None:
    """Ask the matcher what real people did next, and count how often it knew."""
    from service.outcomes import evaluate as room

    lines = room.evaluate(data, task, until, baselines=baselines, ablate=ablate, seed=seed)
    show(msgspec.to_builtins(lines) if as_json else list(room.table(lines)), as_json=as_json)


@import_.command("residents")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--form", required=True, help="Slug of the partner's form that was printed.")
@click.option("--dry-run", is_flag=True, help="Read and report, keep nothing.")
@now_option
@as_json
def import_residents(file: Path, form: str, dry_run: bool, now: datetime | None, as_json: bool) -> None:
    """Sign people up from paper forms typed into a CSV; each of them confirms by mail."""
    from service.forms import paper
    from service.places.places import open_places
    from service.residents.actions import Desk

    data = file.read_bytes()

    async def main(house: House) -> Any:
        desk = Desk(house.vault, house.tokens, open_places(_settings(None).places_file), house.base_url)
        return await paper.import_residents(house.database, desk, data=data, form=form, now=_clock(now)(), dry_run=dry_run)

    show(_inside(main), as_json=as_json)


@doorstep.command()
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(1, 520))
@click.option("--residents", default=800, show_default=True, type=click.IntRange(40, 200_000))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the first city.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1, 1000), help="Cities; two or more give intervals.")
@click.option(
    "--per-group", default=10, show_default=True, type=click.IntRange(1), help="Residents for each weekly group: more are scarcer seats."
)
@click.option(
    "--policy", "policies", multiple=True, type=click.Choice(["ours", "nearest", "score", "first-come", "random"]), help="Default: all."
)
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64))
@as_json
def simulate(
    weeks: int, residents: int, seed: int, seeds: int, per_group: int, policies: tuple[str, ...], processes: int, as_json: bool
) -> None:
    """Live through virtual weeks with people who answer, come, or stay away. No mail leaves."""
    from service.outcomes import simulate as room

    said = room.simulate(
        weeks=weeks, residents=residents, seed=seed, seeds=seeds, policies=policies, per_group=per_group, processes=processes
    )
    if as_json:
        show(said, as_json=True)
        return
    for line in room.table(said):
        say(line)


@doorstep.group()
def report() -> None:
    """What past weeks say."""


@report.command("matching")
@click.option("--region", required=True, help="Slug of the region.")
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 26), help="Settled weeks to look back on.")
@now_option
@as_json
def report_matching(region: str, weeks: int, now: datetime | None, as_json: bool) -> None:
    """Forecasts against visits, the score in use against others in its place, and which groups were offered."""
    from service.outcomes import matching as room

    async def main(house: House) -> Any:
        return await room.report(house.database, region=region, weeks=weeks, now=_clock(now)())

    show(_inside(main), as_json=as_json)


@doorstep.command()
@click.argument("what", type=click.Choice(["matching", "allocation", "week", "all"]))
@click.option("--residents", default=100_000, show_default=True, type=click.IntRange(500))
@click.option("--sessions", default=10_000, show_default=True, type=click.IntRange(50))
@click.option("--seed", default=1, show_default=True)
@as_json
def bench(what: str, residents: int, sessions: int, seed: int, as_json: bool) -> None:
    """Measure us beside named peers in one run, as ratios. `make bench` installs the peers."""
    from service.outcomes.benches import measured, table

    lines = measured(what, residents, sessions, seed)
    show(msgspec.to_builtins(lines) if as_json else list(table(lines)), as_json=as_json)


@doorstep.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look at settings, database, Redis and mail, and say what is wrong."""
    from service import inside, machine

    with machine.joined(_settings(None)) as settings:
        faults = asyncio.run(inside.examine(settings))
    show({"faults": faults}, as_json=as_json)
    sys.exit(1 if faults else 0)


@doorstep.group()
def staff() -> None:
    """People who work at centers and partners."""


@staff.command("invite")
@click.argument("email")
@click.option("--organization", required=True, help="Slug of the center or partner.")
@click.option("--role", type=click.Choice(["owner", "staff", "host", "operator"]), required=True)
@as_json
def staff_invite(email: str, organization: str, role: Role, as_json: bool) -> None:
    """Invite somebody by a mailed link; the link is printed as well."""
    from service.organizations import sessions

    async def main(house: House) -> dict[str, str]:
        async with house.database.work() as conn:
            link = await sessions.invite(
                conn,
                vault=house.vault,
                email=email,
                organization=organization,
                role=role,
                base_url=house.base_url,
                language="en",
                now=system_clock(),
            )
        return {"link": link}

    show(_inside(main), as_json=as_json)


def main() -> None:
    """Exit codes: 0 done, 1 refused with a sentence, 2 usage."""
    try:
        doorstep(standalone_mode=True)
    except Refusal as refusal:
        say(f"doorstep: {explain(refusal)}", error=True)
        sys.exit(1)
    except OSError as error:
        say(f"doorstep: {error}", error=True)
        sys.exit(1)


def explain(refusal: Refusal) -> str:
    """The refusal as sentences, every fault on a line of its own."""
    sentences = {
        "settings": "these settings need a look:",
        "database": "the database is not as it must be:",
        "missing": "nothing is known by that name:",
    }
    head = sentences.get(refusal.code, refusal.code.replace("_", " "))
    details = {**refusal.params, **refusal.fields}
    return "\n  ".join([head, *(f"{name}: {value}" for name, value in details.items())])


def _settings(data_dir: str | None) -> Settings:
    given = settings_room.read(os.environ)
    if data_dir:
        given = msgspec.structs.replace(given, data_dir=data_dir)
    if given.mail_url == Settings().mail_url:
        given = msgspec.structs.replace(given, mail_url=f"file:{Path(given.data_dir) / 'mail'}")
    return given


def _shared_settings() -> Settings:
    """For processes that share servers with others and so must be told where they are. Raises Broken with what is missing."""
    given = _settings(None)
    missing = {name: "is missing" for name in ("database_url", "redis_url", "secret_keys") if not getattr(given, name)}
    if missing:
        raise Broken("settings", fields={settings_room.PREFIX + name.upper(): fault for name, fault in missing.items()})
    return given


def _inside(work: Callable[[House], Coroutine[Any, Any, Any]]) -> Any:
    """Do a piece of work with the database open; what it gave, as plain values."""
    from service import inside, machine

    async def main(settings: Settings) -> Any:
        async with inside.opened(settings) as house:
            return msgspec.to_builtins(await work(house))

    with machine.joined(_settings(None)) as settings:
        return asyncio.run(main(settings))


def _clock(now: datetime | None) -> Clock:
    return clock_starting_at(now) if now else system_clock


async def _refuse_old_schema(settings: Settings) -> None:
    from migrations import runner

    try:
        await runner.check(settings.database_url)
    except runner.MigrationError as error:
        raise Broken("schema", reason=str(error)) from None


def _on_signal(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    _on_signal(stop)
    await stop.wait()


if __name__ == "__main__":
    main()
