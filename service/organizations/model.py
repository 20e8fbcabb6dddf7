"""Organizations, their staff, their sessions and their API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args
from uuid import UUID

import msgspec

from service.web.kinds import ONE_LINE

OrganizationKind = Literal["partner", "center", "operator"]
Role = Literal["owner", "staff", "host", "operator"]
Scope = Literal["signups:write", "activities:write", "roster:read", "attendance:write", "feeds:write", "report:read", "webhooks:write"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

SIGN_IN_LIFE = timedelta(minutes=30)
INVITATION_LIFE = timedelta(days=7)
SESSION_LIFE = timedelta(hours=12)
KEY_LIFE = timedelta(days=365)
KEY_OVERLAP = timedelta(hours=24)  # how long a replaced key still works
SIGN_INS_PER_HOUR = 5

Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=60, extra={"wrong": "slug"})]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=ONE_LINE)]
PostalAddress = Annotated[str, msgspec.Meta(min_length=1, max_length=300, pattern=ONE_LINE)]
Website = Annotated[str, msgspec.Meta(max_length=300, pattern=r"^https?://[^\s\x00-\x1f\x7f<>\"]{1,290}\Z", extra={"wrong": "web_address"})]


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """lat, lon: degrees. attend_factor: expected guests a center wants for each seat."""

    id: UUID
    kind: OrganizationKind
    slug: str
    name: str
    region_id: UUID
    postal_address: str
    zip: str | None
    lat: float
    lon: float
    zone: str
    website: str | None
    attend_factor: float
    created_at: datetime
    closed_at: datetime | None = None


class NewOrganization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """postal_address: shown under every letter that is sent in its name."""

    kind: OrganizationKind
    slug: Slug
    name: Name
    postal_address: PostalAddress
    zip: str
    website: Website | None = None


class OrganizationChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; None: stays as it is. Kind and short name never change."""

    name: Name | None = None
    postal_address: PostalAddress | None = None
    zip: str | None = None
    website: Website | None = None


class ListedOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """An organization among the others. town: slug of its region."""

    slug: str
    kind: OrganizationKind
    name: str
    town: str
    zip: str | None
    postal_address: str
    website: str | None
    zone: str
    created_at: datetime
    closed_at: datetime | None


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signed in, for one organization; the address stays sealed."""

    id: UUID
    organization_id: UUID
    organization_kind: OrganizationKind
    organization_slug: str
    organization_name: str
    role: Role
    email_index: bytes

    def may(self, *roles: Role) -> bool:
        """Owners may all that their staff may."""
        return self.role in roles or (self.role == "owner" and "operator" not in roles)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A machine of one organization."""

    id: str
    organization_id: UUID
    organization_kind: OrganizationKind
    organization_slug: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None = None

    def lives(self, now: datetime) -> bool:
        """It works, and will go on to: nobody is replacing it."""
        return self.revoked_at is None and self.replaced_by is None and self.expires_at > now

    def state_at(self, now: datetime) -> Literal["works", "replaced", "revoked", "expired"]:
        """replaced: it works until `expires_at`, beside the key that takes its place."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= now:
            return "expired"
        return "replaced" if self.replaced_by else "works"

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A mailed sign-in link, as it is kept: never the secret."""

    organization_id: UUID
    staff_id: UUID
    expires_at: datetime
    used_at: datetime | None


class StaffSession(msgspec.Struct, frozen=True, kw_only=True):
    """secret: for the cookie; only its hash is kept."""

    secret: str
    staff: Staff
    expires_at: datetime
