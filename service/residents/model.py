"""What residents tell us, what we keep, and what they may change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from service.access import NEEDS
from service.errors import Invalid
from service.interests.taxonomy import by_code
from service.places.distance import Travel
from service.residents.week import CELL_BITS
from service.web.email_address import canonical, is_address
from service.web.kinds import SEVERAL_LINES, Email, ReadFields
from service.web.visible import visible_line

Language = Literal["en", "es", "ar"]
Status = Literal["unconfirmed", "active", "stopped"]
Company = Literal["company", "company_name", "welcome_host"]
SameFaces = Literal["same_faces"]
Purpose = Literal["digest", "partner_statistics", "research", "company", "company_name", "welcome_host", "same_faces"]
Source = Literal["form", "embedded", "api", "paper", "preferences"]
AgeBand = Literal["under_18", "18_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75_84", "85_up"]

UNDER_AGE: AgeBand = "under_18"
AGES: dict[AgeBand, tuple[int, int]] = {
    "18_24": (18, 24),
    "25_34": (25, 34),
    "35_44": (35, 44),
    "45_54": (45, 54),
    "55_64": (55, 64),
    "65_74": (65, 74),
    "75_84": (75, 84),
    "85_up": (85, 130),
}
ADULT = (18, 130)  # no age given

Code = Annotated[str, msgspec.Meta(max_length=60, pattern=r"^[a-z0-9_-]+\Z", extra={"wrong": "choice"})]
Codes = Annotated[list[Code], msgspec.Meta(max_length=120)]
SpokenLanguage = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}\Z", extra={"wrong": "choice"})]
Words = Annotated[str, msgspec.Meta(max_length=500, pattern=SEVERAL_LINES)]
PostalCode = Annotated[str, msgspec.Meta(max_length=12, extra={"wrong": "zip"})]
PlainName = Annotated[str, msgspec.Meta(max_length=80, pattern=r"^[^\x00-\x1f\x7f<>]*\Z", extra={"wrong": "characters"})]
Point = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Reach = Annotated[float, msgspec.Meta(ge=0.3, le=100)]
Cents = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
Party = Annotated[int, msgspec.Meta(ge=1, le=8)]


class Wishes(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a person wishes and needs; every answer may be left out.

    interests: topic codes. available: boxes of the week; none: any time. reach_km: as the crow flies; none: what the way of
    traveling reaches. cost_cents: the most for one session; 0: free ones only. languages: spoken, as ISO 639 codes.
    """

    interests: Codes = []
    words: Words = ""
    available: Codes = []
    travel: Travel = "bus"
    reach_km: Reach | None = None
    needs: Codes = []
    cost_cents: Cents = 0
    languages: Annotated[list[SpokenLanguage], msgspec.Meta(max_length=8)] = []
    party: Party = 1
    age: AgeBand | None = None

    def __post_init__(self) -> None:
        wrong = self.rules(msgspec.structs.asdict(self))
        if wrong:
            raise Invalid(fields=wrong)

    @classmethod
    def rules(cls, values: ReadFields) -> dict[str, str]:
        """field -> code, for what no type can say; see `web.kinds.rules_of`."""
        allowed = {"interests": by_code().keys(), "available": CELL_BITS.keys(), "needs": NEEDS.keys()}
        wrong = {field: "choice" for field, codes in allowed.items() if not set(values.get(field, ())) <= set(codes)}
        return wrong | ({"age": "adults_only"} if values.get("age") == UNDER_AGE else {})


class PlacedWishes(Wishes, kw_only=True, forbid_unknown_fields=True):
    """Wishes and a place: all that a match needs, and nothing that says who asks.

    lat, lon: a point instead of a postal code; rounded to about 100 m before anything is made of it.
    """

    zip: PostalCode = ""
    lat: Point | None = None
    lon: Point | None = None
    language: Language = "en"

    @classmethod
    def rules(cls, values: ReadFields) -> dict[str, str]:
        wrong = super().rules(values)
        lat, lon = values.get("lat"), values.get("lon")
        if not values.get("zip") and (lat is None or lon is None):
            wrong["zip"] = "required"
        if lat is not None and abs(lat) > 90:
            wrong["lat"] = "at_most:90"
        return wrong


class SignUp(PlacedWishes, kw_only=True, forbid_unknown_fields=True):
    """A sign-up as it arrives; an e-mail address, a place and consent are needed, nothing else."""

    email: Email
    name: PlainName = ""
    consent: Annotated[list[Purpose], msgspec.Meta(max_length=7)] = []

    @classmethod
    def rules(cls, values: ReadFields) -> dict[str, str]:
        wrong = super().rules(values)
        if "digest" not in values.get("consent", ()):
            wrong["consent"] = "tick"
        if "email" in values and not is_address(values["email"]):
            wrong["email"] = "email"
        return wrong

    def __post_init__(self) -> None:
        super().__post_init__()
        self.email, self.name = canonical(self.email), visible_line(self.name)


class Preferences(Wishes, kw_only=True, forbid_unknown_fields=True):
    """Everything on the page behind a resident's own link.

    paused_on: the day on which letters begin again; none: no break. company: what is agreed to (`company.py`); same_faces: likewise.
    """

    name: PlainName = ""
    language: Language
    every_weeks: Literal[1, 2, 4]
    paused_on: date | None = None
    zip: PostalCode = ""
    company: Annotated[list[Company], msgspec.Meta(max_length=3)] = []
    same_faces: Annotated[list[SameFaces], msgspec.Meta(max_length=1)] = []


class SignUpSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sign-up came in. partner: who offers the form, by name."""

    form_id: UUID
    organization_id: UUID
    partner: str
    source: Source


class Consented(msgspec.Struct, frozen=True, kw_only=True):
    """One purpose that a person agreed to, with the words they were shown. given_at: None: now."""

    purpose: Purpose
    version: int
    language: str
    wording: str
    given_at: datetime | None = None


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person lives, as exactly as we ever know it. town: what a new region would be called."""

    zip: str | None
    lat: float
    lon: float
    zone: str
    town: str


class SignUpContent(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed into a form, until its address confirms it. wishes: columns of a profile (`actions.as_matched`)."""

    name: str
    language: Language
    home: Home
    wishes: dict[str, Any]
    consents: list[Consented]


class PendingSignUp(msgspec.Struct, frozen=True, kw_only=True):
    """content: `SignUpContent`, sealed, place "sign_up.content". partner: who offers the form, by name."""

    id: UUID
    organization_id: UUID
    form_id: UUID
    partner: str
    source: Source
    content: bytes
    created_at: datetime


class Resident(msgspec.Struct, frozen=True, kw_only=True):
    """email, name: sealed, places "resident.email" and "resident.name". every_weeks: how often the letter comes: 1, 2 or 4."""

    id: UUID
    status: Status
    email: bytes
    email_index: bytes
    name: bytes | None
    language: Language
    zone: str
    form_id: UUID | None
    link_epoch: int
    created_at: datetime
    confirmed_at: datetime | None
    stopped_at: datetime | None
    paused_until: datetime | None
    every_weeks: int
    letters_n: int
    letter_at: datetime | None


SmallChangeKind = Literal["evenings", "nearer", "fewer", "same_faces"]


class ValueChange(msgspec.Struct, frozen=True):
    """A column before and after a small change: profile.available (42 bytes), profile.reach_km, resident.every_weeks or
    profile.cohorts (0 or 1).
    """

    before: bytes | float | int
    after: bytes | float | int


class SmallChange(msgspec.Struct, frozen=True, kw_only=True):
    """run_id: of the letter that had the button. content: `ValueChange`, sealed, place "small_change.content.<kind>"."""

    run_id: UUID
    content: bytes
    taken_back: bool
    changed_at: datetime


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What the matcher may know. available: 42 bytes, see residents/week.py."""

    matcher_id: UUID
    region_id: UUID
    zip: str | None
    lat: float
    lon: float
    travel: Travel
    reach_km: float
    age_low: int
    age_high: int
    needs: int
    cost_cents: int
    languages: list[str]
    available: bytes
    party: int
    topics: list[str]
    disliked: list[str]
    words: str
    cohorts: bool


def age_band(low: int, high: int) -> AgeBand | None:
    return next((band for band, ages in AGES.items() if ages == (low, high)), None)
