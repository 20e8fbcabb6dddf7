"""What taking away an old week of matches costs: `python -m tests.migrations.delete_week`.

Fills `match` with two weeks of the given size on a durable server of its own, then takes the older one away twice: deleted in batches
from the table as it is, and dropped as a partition of a copy. Ends with one JSON line; all times in seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

import asyncpg
import msgspec

from migrations import runner
from service import embedded

PICKS = 5  # matches of a person in a week
OLD, RECENT = ("00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b")
FILL_PEOPLE = """
INSERT INTO region (slug, name, zone, lat, lon) VALUES ('riverton', 'Riverton', 'UTC', 0, 0);
INSERT INTO match_run (id, region_id, week, seed, opened_at)
  SELECT run.id::uuid, region.id, date '2026-11-02' + 7 * run.n::int, 1, now()
  FROM region, unnest(ARRAY['{old}', '{recent}']) WITH ORDINALITY AS run (id, n);
INSERT INTO resident (status, email, email_index, zone, created_at, confirmed_at)
  SELECT 'active', '', substring(sha256(n::text::bytea) FOR 16), 'UTC', now(), now() FROM generate_series(1, {people}) AS n;
INSERT INTO pseudonym (resident_id) SELECT id FROM resident;
CREATE TEMP TABLE date_to_go (id uuid DEFAULT gen_random_uuid(), n int);
INSERT INTO date_to_go (n) SELECT generate_series(0, 1999);
"""
FILL_MATCHES = """
INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)
SELECT '{run}', p.matcher_id, d.id, pick, 0.5, 1, 1, '[["topic", "yoga"], ["near", 1.2], ["free"]]'
FROM (SELECT matcher_id, row_number() OVER () AS n FROM pseudonym) AS p
CROSS JOIN generate_series(1, {picks}) AS pick JOIN date_to_go AS d ON d.n = (p.n * 5 + pick * 401) % 2000
"""
DELETE_BATCH = "DELETE FROM match WHERE ctid = ANY (ARRAY(SELECT ctid FROM match WHERE run_id = $1 LIMIT $2))"
MAKE_PARTITIONED = """
CREATE TABLE partitioned (LIKE match INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (run_id, id),
  UNIQUE (run_id, matcher_id, session_id), UNIQUE (run_id, matcher_id, rank)) PARTITION BY LIST (run_id);
ALTER TABLE partitioned ADD FOREIGN KEY (run_id) REFERENCES match_run ON DELETE CASCADE,
  ADD FOREIGN KEY (matcher_id) REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  ADD FOREIGN KEY (session_id) REFERENCES session (id) ON DELETE CASCADE;
CREATE INDEX ON partitioned (matcher_id);
CREATE INDEX ON partitioned (session_id);
CREATE TABLE partition_old PARTITION OF partitioned FOR VALUES IN ('{old}');
CREATE TABLE partition_recent PARTITION OF partitioned FOR VALUES IN ('{recent}');
INSERT INTO partitioned SELECT * FROM match;
"""


class Deleted(msgspec.Struct, frozen=True):
    rows: int
    batches: int
    seconds: float
    slowest_batch: float


async def fill(conn: asyncpg.Connection, rows: int) -> None:
    """Two weeks of `rows` matches; their dates are not in the table of sessions, so triggers are off meanwhile."""
    await conn.execute("SET session_replication_role = replica")
    await conn.execute(FILL_PEOPLE.format(old=OLD, recent=RECENT, people=rows // PICKS))
    for run in (OLD, RECENT):
        await conn.execute(FILL_MATCHES.format(run=run, picks=PICKS))


async def drop_partition(conn: asyncpg.Connection) -> float:
    """Seconds. Must run while the old week is still in `match`."""
    await conn.execute(MAKE_PARTITIONED.format(old=OLD, recent=RECENT))
    await settle(conn)
    start = perf_counter()
    await conn.execute("DROP TABLE partition_old")
    seconds = perf_counter() - start
    await conn.execute("DROP TABLE partitioned")
    return seconds


async def settle(conn: asyncpg.Connection) -> None:
    await conn.execute("SET session_replication_role = origin")
    await conn.execute("VACUUM ANALYZE match")
    await conn.execute("CHECKPOINT")


async def delete_in_batches(conn: asyncpg.Connection, batch: int) -> Deleted:
    """Each batch is a transaction of its own."""
    seconds: list[float] = []
    rows = 0
    while True:
        start = perf_counter()
        deleted = int((await conn.execute(DELETE_BATCH, OLD, batch)).split()[-1])
        if not deleted:
            return Deleted(rows, len(seconds), round(sum(seconds), 2), round(max(seconds), 3))
        seconds.append(perf_counter() - start)
        rows += deleted


async def measure(url: str, *, rows: int, batch: int) -> dict[str, object]:
    await runner.apply(url)
    conn = await asyncpg.connect(url)
    try:
        await fill(conn, rows)
        dropped = await drop_partition(conn)
        await settle(conn)
        deleted = await delete_in_batches(conn, batch)
        start = perf_counter()
        await conn.execute("VACUUM match")
        return {"deleted": deleted, "vacuum": round(perf_counter() - start, 2), "dropped": round(dropped, 3)}
    finally:
        await conn.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="matches of a week")
    parser.add_argument("--batch", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # the servers' user passes through
        servers = embedded.start(Path(folder) / "var", redis=False)
        try:
            result = asyncio.run(measure(servers.admin_url, rows=options.rows, batch=options.batch))
        finally:
            servers.stop()
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    main()
