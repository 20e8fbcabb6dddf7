"""Commands that start or prepare the machine: up, demo, serve, work, migrate."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from service.cli.options import as_json, data_dir, now_option
from service.cli.running import quiet_end, read_settings, shared_settings, stop_on_signal, until_stopped
from service.clock import MovableClock, system_clock
from service.console import say, show
from service.settings import ServiceSettings


@click.command()
@data_dir
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def up(data_dir: str | None, host: str, port: int) -> None:
    """Run everything on this machine: Postgres, Redis, API and worker."""
    from service import admin, local_stack
    from workers.main import work

    async def main(settings: ServiceSettings, listener: socket.socket) -> None:
        stop = asyncio.Event()
        stop_on_signal(stop)  # whoever reads that it is up may stop it at once
        async with local_stack.whole(settings, system_clock, listener=listener, work=work) as address:
            link = await admin.set_up_link(settings, now=system_clock())
            say(f"Doorstep is up at {address}. Stop it with Ctrl-C.")  # from here on no loss of the database ends it
            if link:
                say(f"Open your town with this link. It works for 24 hours: {link}")
            await stop.wait()

    given = read_settings(data_dir)
    with quiet_end(), local_stack.listening(host, port) as listener:
        if not os.environ.get("DOORSTEP_BASE_URL"):
            given = msgspec.structs.replace(given, base_url=local_stack.address_of(*listener.getsockname()[:2]))
        with local_stack.servers(given) as settings, local_stack.noted(settings):
            asyncio.run(main(settings, listener))


@click.command()
@data_dir
@click.option("--once", is_flag=True, help="Stop after the week, or after --weeks.")
@as_json
@click.option("--residents", default=120, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--activities", multiple=True, type=click.Path(exists=True), help="Files or folders of activities, in place of the sample's.")
@click.option("--weeks", default=0, show_default=True, type=click.IntRange(0, 52), help="Let so many weeks pass after the letters.")
@now_option
@click.option("--seed", default=1, show_default=True)
@click.option("--port", default=0, help="Port of the pages; 0: any free one.", type=click.IntRange(0, 65535))
def demo(
    data_dir: str | None,
    once: bool,
    as_json: bool,
    residents: int,
    activities: tuple[str, ...],
    weeks: int,
    now: datetime | None,
    seed: int,
    port: int,
) -> None:
    """Walk a sample neighborhood through one whole week, mails in a local mailbox; then days at a press, or by --weeks."""
    from service.demo import summary, week
    from service.demo.model import DemoSummary
    from workers import run_once
    from workers.main import work

    plan = week.DemoPlan(residents=residents, activities=[Path(path) for path in activities], seed=seed, weeks=weeks)
    clock = MovableClock(now or system_clock())
    hands = week.Hands(deliver=run_once.deliver, send=run_once.send, look=run_once.look, work=work)
    stay = None if once else until_stopped

    def report(done: DemoSummary, links: summary.DemoLinks | None) -> None:
        if as_json:
            show(done, as_json=True)
            return
        for line in summary.lines(done, links):
            say(line)
        if links:
            say("Press Enter, and a day passes: people answer, go or stay away, and tell how it was.")
            say(f"Other commands work beside it with --data-dir {settings.data_dir}. Stop it with Ctrl-C.")

    with quiet_end(), week.home(data_dir, once=once) as folder:
        settings = read_settings(str(folder))
        week.walk(settings, clock, plan=plan, port=port, hands=hands, report=report, stay=stay)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Run the API and the pages only."""
    import uvicorn

    from migrations import runner
    from service.app import create_app

    settings = shared_settings()
    asyncio.run(runner.check(settings.database_url))
    uvicorn.run(create_app(settings, system_clock), host=host, port=port, log_config=None, forwarded_allow_ips=settings.proxies)


@click.command()
def work() -> None:
    """Run a worker only."""
    from migrations import runner
    from workers.main import work as run_worker

    async def main(settings: ServiceSettings) -> None:
        await runner.check(settings.database_url)
        stop = asyncio.Event()
        stop_on_signal(stop)
        await run_worker(settings, system_clock, stop)

    asyncio.run(main(shared_settings()))


@click.command()
@click.option("--check", is_flag=True, help="Only say what is pending; exit 1 if anything is.")
def migrate(check: bool) -> None:
    """Bring the database's schema up to date."""
    from migrations import runner
    from service import local_stack

    with local_stack.joined(read_settings(None), migrated=False) as settings:
        names = asyncio.run((runner.pending if check else runner.apply)(settings.admin_url))
    say("\n".join(f"{'pending' if check else 'applied'}: {name}" for name in names) or "nothing is pending")
    sys.exit(1 if check and names else 0)
