"""Nobody is confirmed by a program that looks into their mail, and a code and a reminder help those whose letter is late."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import NewDatabase, Running
from tests.sign_ups.people import invented
from tests.sign_ups.whole import ARMS, Measured, lived

PEOPLE = 60
SEED = 3


async def confirmed(new_database: NewDatabase, servers: Running, folder: Path) -> dict[str, Measured]:
    measured = {}
    for arm in ARMS:
        database = urlsplit(await new_database(migrated=True)).path[1:]
        measured[arm.name] = await lived(servers, database, folder / arm.name, arm, people=PEOPLE, seed=SEED)
    return measured


async def test_a_code_and_a_reminder_bring_back_whose_letter_was_late_and_scanners_confirm_nobody(
    new_database: NewDatabase, servers: Running, tmp_path: Path
) -> None:
    arms = await confirmed(new_database, servers, tmp_path)
    assert [arm.confirmed_by_scanners for arm in arms.values()] == [0] * len(ARMS)
    assert all(arm.people == PEOPLE and arm.letters >= PEOPLE for arm in arms.values())
    assert arms["neither"].letters == PEOPLE
    assert arms["neither"].confirmed < min(arms["code"].confirmed, arms["reminder"].confirmed)
    assert max(arms["code"].confirmed, arms["reminder"].confirmed) < arms["both"].confirmed < PEOPLE


def test_the_invented_people_differ_as_their_rates_say() -> None:
    import numpy as np

    people = invented(np.random.default_rng(1), 4_000, arm="any")
    assert 0.27 < sum(person.is_scanned for person in people) / len(people) < 0.33
    assert 0.05 < sum(person.arrives_min == float("inf") for person in people) / len(people) < 0.13
