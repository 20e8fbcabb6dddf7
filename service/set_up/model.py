"""How far a set-up has come, and what its pages ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from service.forms.model import Languages, Title
from service.organizations.model import Name, PostalAddress, Slug
from service.residents.model import PostalCode
from service.web.kinds import Email, Text

LIFE = timedelta(hours=24)
Step = Literal["town", "sender", "center", "partner", "review"]
STEPS: tuple[Step, ...] = ("town", "sender", "center", "partner", "review")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of what is made already. sender_seen_at: when the page on letters was passed."""

    expires_at: datetime
    operator_id: UUID | None
    operator_staff_id: UUID | None
    sender_seen_at: datetime | None
    test_letter_id: UUID | None
    center_id: UUID | None
    partner_id: UUID | None
    form_id: UUID | None
    finished_at: datetime | None

    @property
    def first_open(self) -> Step:
        """The first page that was not saved yet; the last one when all were."""
        saved = {"town": self.operator_id, "sender": self.sender_seen_at, "center": self.center_id, "partner": self.form_id}
        return next((step for step in STEPS if not saved.get(step)), "review")

    def may_open(self, step: Step) -> bool:
        """Pages are filled in one after the other; all before are open to go back to."""
        return STEPS.index(step) <= STEPS.index(self.first_open)


class TownStep(msgspec.Struct):
    """email: of the first operator."""

    town: Name
    zip: PostalCode
    name: Name
    postal_address: PostalAddress
    email: Email


class TestLetter(msgspec.Struct):
    __test__ = False  # no test class

    to: Email


class CenterStep(msgspec.Struct, kw_only=True):
    """email: of the first owner. slug: made from the name where nothing is given."""

    name: Name
    slug: Slug | None = None
    zip: PostalCode
    postal_address: PostalAddress
    email: Email


class PartnerStep(CenterStep, kw_only=True):
    """origins: one in each line."""

    title: Title
    languages: Languages
    origins: Text = ""
