"""The week a person has free: boxes on a form, and a bit for each of the 336 half hours of the local week.

Boxes are parts of a day ("mon-morning") or single hours ("mon-09"). No box at all means any time.
"""

from __future__ import annotations

from collections.abc import Iterable

HALF_HOURS = 336
WEEK_BYTES = 42
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = {"morning": (8, 12), "afternoon": (12, 17), "evening": (17, 21)}  # local hours, from and until
HOURS = range(7, 22)  # offered one by one on request
ANY_TIME = (1 << HALF_HOURS) - 1

PART_CELLS = tuple(f"{day}-{part}" for day in DAYS for part in PARTS)


def _bits(day: int, first_hour: int, end_hour: int) -> int:
    start, stop = 48 * day + 2 * first_hour, 48 * day + 2 * end_hour
    return ((1 << (stop - start)) - 1) << start


CELL_BITS = {f"{day}-{part}": _bits(number, *hours) for number, day in enumerate(DAYS) for part, hours in PARTS.items()} | {
    f"{day}-{hour:02d}": _bits(number, hour, hour + 1) for number, day in enumerate(DAYS) for hour in HOURS
}


EVENINGS = sum(_bits(day, PARTS["evening"][0], 24) for day in range(len(DAYS)))  # until midnight: the box of a form ends before


def pack(cells: Iterable[str]) -> bytes:
    """42 bytes, bit h of the week at bit h % 8 of byte h // 8. Raises KeyError for a box that is none."""
    bits = 0
    for cell in cells:
        bits |= CELL_BITS[cell]
    return (bits or ANY_TIME).to_bytes(WEEK_BYTES, "little")


def part_cells(available: bytes) -> list[str]:
    """Parts of days that are free from end to end; none when any time is fine."""
    return _cells(available, PART_CELLS)


def is_any_time(available: bytes) -> bool:
    return int.from_bytes(available, "little") == ANY_TIME


def fits_parts(available: bytes) -> bool:
    """Whether the boxes for parts of days tell the whole story, so that the coarse grid would lose nothing."""
    return pack(part_cells(available)) == available


def without_evenings(available: bytes) -> bytes | None:
    """The same week without its evenings; None when nothing else is free. Any time becomes every morning and afternoon of the form."""
    if is_any_time(available):
        return pack(cell for cell in PART_CELLS if not cell.endswith("-evening"))
    left = int.from_bytes(available, "little") & ~EVENINGS
    return left.to_bytes(WEEK_BYTES, "little") if left else None


def _cells(available: bytes, offered: Iterable[str]) -> list[str]:
    bits = int.from_bytes(available, "little")
    return [] if bits == ANY_TIME else [cell for cell in offered if bits & CELL_BITS[cell] == CELL_BITS[cell]]
