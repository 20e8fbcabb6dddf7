"""A partner's form."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """origins: sites that may frame it or post to it. partner: who offers it, by name."""

    id: UUID
    organization_id: UUID
    slug: str
    title: str
    intro: str
    languages: list[str]
    consent_version: int
    origins: list[str]
    partner: str
