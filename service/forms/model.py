"""A partner's form, and what may be written on one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from service.organizations.model import Slug
from service.web.kinds import ONE_LINE, SEVERAL_LINES

ORIGINS = 20
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=ONE_LINE)]
Intro = Annotated[str, msgspec.Meta(max_length=600, pattern=SEVERAL_LINES)]
Language = Literal["en", "es", "ar"]
Languages = Annotated[list[Language], msgspec.Meta(min_length=1)]
Origins = Annotated[list[str], msgspec.Meta(max_length=ORIGINS)]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """origins: sites that may frame it. partner: who offers it, by name. closed_at: since when that partner is closed."""

    id: UUID
    organization_id: UUID
    slug: str
    title: str
    intro: str
    languages: list[str]
    consent_version: int
    origins: list[str]
    partner: str
    closed_at: datetime | None = None


class NewForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """origins: sites that may frame the form, as `web.security.origin_of` writes them."""

    slug: Slug
    title: Title
    intro: Intro = ""
    languages: Languages = msgspec.field(default_factory=lambda: ["en", "es", "ar"])
    origins: Origins = []


class FormChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; None: stays as it is. origins: all of them, an empty list takes them back."""

    title: Title | None = None
    intro: Intro | None = None
    languages: Languages | None = None
    origins: Origins | None = None


class ListedForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form among the others. closed_at: since when its organization is closed."""

    slug: str
    organization: str
    title: str
    intro: str
    languages: list[str]
    origins: list[str]
    created_at: datetime
    closed_at: datetime | None
