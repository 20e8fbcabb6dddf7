"""A place that a postal code stands for, and a region that is matched as one."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """lat, lon: degrees, rounded to three decimals (about 100 m)."""

    code: str
    name: str
    state: str = ""
    lat: float
    lon: float
    zone: str

    @property
    def full_name(self) -> str:
        return f"{self.name}, {self.state}" if self.state else self.name


class Region(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    zone: str
    lat: float
    lon: float
