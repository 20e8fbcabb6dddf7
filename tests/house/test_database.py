"""Every query and table is what the files say it is."""

import importlib
import itertools
import re
from pathlib import Path

import asyncpg
import msgspec
import pytest

from migrations import runner
from service import sql
from tests.house.schema import SCHEMA, dump

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted(path for room in ("service", "workers") for path in (REPOSITORY / room).rglob("queries.sql"))

NAMES_IN = {file: file.read_text(encoding="utf-8").count("-- name: ") for file in FILES}


def queries_beside(file: Path) -> dict[str, sql.Query]:
    """Of the modules in the file's folder that load it; each gives the columns that it needs."""
    folder = ".".join(file.parent.relative_to(REPOSITORY).parts)
    modules = [importlib.import_module(f"{folder}.{path.stem}") for path in sorted(file.parent.glob("*.py")) if "sql" in path.read_text()]
    return {
        name: query
        for module in modules
        for value in vars(module).values()
        if isinstance(value, sql.Queries)
        for name, query in value.queries.items()
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
async def test_every_query_prepares_on_the_migrated_database(file: Path, admin: asyncpg.Connection) -> None:
    queries = queries_beside(file)
    assert len(queries) == NAMES_IN[file]
    faults = {}
    for name, query in queries.items():
        try:
            await admin.prepare(query.text)
        except asyncpg.PostgresError as error:
            faults[name] = str(error)
    assert not faults


async def test_the_committed_schema_is_what_the_migrations_make(admin_url: str) -> None:
    assert dump(admin_url) == SCHEMA.read_text(), "run `make schema` and commit the result"


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    migrations = runner.read()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))


def test_the_readme_of_the_migrations_has_a_row_for_each_in_their_order() -> None:
    rows = re.findall(r"^\| `(\d{4}_\w+\.sql)` \|", (REPOSITORY / "migrations/README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == sorted(path.name for path in (REPOSITORY / "migrations").glob("0*.sql"))


# Foreign keys


class ForeignKey(msgspec.Struct, frozen=True):
    """Columns of `child` that point at columns of `parent`, in the same order."""

    name: str
    child: str
    parent: str
    columns: list[str]
    parent_columns: list[str]
    on_delete: str  # 'c': the child's rows go with their parent


class Index(msgspec.Struct, frozen=True):
    """Key columns in order, None for an expression; `where` is the condition of a partial index."""

    table: str
    columns: list[str | None]
    is_unique: bool
    where: str | None


FOREIGN_KEYS = """
SELECT c.conname AS name, c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent, c.confdeltype::text AS on_delete,
  (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
     JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS columns,
  (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY AS k (attnum, n)
     JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.attnum) AS parent_columns
FROM pg_constraint AS c WHERE c.contype = 'f'
"""
INDEXES = """
SELECT i.indrelid::regclass::text AS "table", i.indisunique AS is_unique, pg_get_expr(i.indpred, i.indrelid) AS "where",
  (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, n)
     LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum) AS columns
FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
"""
DELETABLE = """
SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
  AND (has_table_privilege('doorstep_app', oid, 'DELETE') OR has_table_privilege('doorstep_worker', oid, 'DELETE'))
"""
SMALL = {"set_up": "one row in all"}  # reading the whole table is as quick as an index


async def test_every_foreign_key_whose_parent_may_be_deleted_has_an_index(admin: asyncpg.Connection) -> None:
    """Without one, each deleted parent reads the whole child table."""
    keys = [msgspec.convert(dict(row), ForeignKey) for row in await admin.fetch(FOREIGN_KEYS)]
    indexes = [msgspec.convert(dict(row), Index) for row in await admin.fetch(INDEXES)]
    deletable = {row["name"] for row in await admin.fetch(DELETABLE)}
    while reached := {key.child for key in keys if key.on_delete == "c" and key.parent in deletable} - deletable:
        deletable |= reached
    checked = [key for key in keys if key.parent in deletable and key.child not in SMALL]
    assert len(checked) > 20
    assert not [key.name for key in checked if not any(_serves(index, key, indexes) for index in indexes)]
    assert {key.child for key in keys if key.parent in deletable} >= SMALL.keys(), "an exception that is none any more"


def _serves(index: Index, key: ForeignKey, indexes: list[Index]) -> bool:
    """Whether the children of one parent are found by the index: its first columns are of the key, and identify the parent."""
    if index.table != key.child or index.where not in (None, *(f"({column} IS NOT NULL)" for column in key.columns)):
        return False
    identifies = [set(unique.columns) for unique in indexes if unique.table == key.parent and unique.is_unique and not unique.where]
    leading = itertools.takewhile(lambda column: column in key.columns, index.columns)
    pointed_at = {key.parent_columns[key.columns.index(column)] for column in leading if column}
    return any(columns <= pointed_at for columns in identifies)
