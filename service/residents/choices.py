"""What a form about wishes offers, in the words of its language. Pure."""

from __future__ import annotations

import math

from service.access import NEED_NAMES
from service.interests.taxonomy import by_code, grouped
from service.places.distance import REACH_KM
from service.residents import company, same_faces
from service.residents.model import AGES, UNDER_AGE, Profile
from service.residents.week import DAYS
from service.web import wording
from service.web.i18n import NAMES, Translator

# Stable words of the catalogs, in the order of the grid and the lists.
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PART_NAMES = {"morning": "Morning", "afternoon": "Afternoon", "evening": "Evening"}
TRAVEL_NAMES = {"walk": "On foot", "bus": "By bus or train", "car": "By car"}
COST_NAMES = {"0": "Free things only", "500": "Up to $5", "1000": "Up to $10", "2000": "Up to $20", "100000": "Cost does not matter"}
# Kilometers as the crow flies; the empty one stands for what the way of traveling reaches.
REACH_NAMES = {
    "": "As far as is usual for how I get around",
    "0.8": "Half a mile",
    "1.6": "1 mile",
    "3.2": "2 miles",
    "8.0": "5 miles",
    "16.0": "10 miles",
    "40.0": "25 miles",
}
RHYTHM_NAMES = {"1": "Every week", "2": "Every other week", "4": "Every four weeks"}

# Topics that many people know and like, offered first and large; each has a picture in `templates/topic_pictures.html`.
EVERYDAY = ("walking", "gardening", "shared_meals", "singing", "chair_yoga", "board_games", "crafts", "coffee_chat")

Choices = list[tuple[str, str]]


def offered(say: Translator) -> dict[str, object]:
    """By the names that the templates of `residents/wishes.html` know."""
    return {
        "families": [(family.names, [(topic.code, topic.name(say.language)) for topic in topics]) for family, topics in grouped()],
        "everyday_topics": [(code, by_code()[code].name(say.language)) for code in EVERYDAY],
        "everyday_codes": EVERYDAY,
        "days": [(code, say(name)) for code, name in zip(DAYS, DAY_NAMES, strict=True)],
        "parts": choices_said(PART_NAMES, say),
        "travels": choices_said(TRAVEL_NAMES, say),
        "costs": choices_said(COST_NAMES, say),
        "needs": choices_said(NEED_NAMES, say),
        "company": company.boxes(say),
        "same_faces": same_faces.boxes(say),
        "ages": [("", say("I would rather not say")), *((code, _years(code)) for code in AGES)],
    }


def offered_to(profile: Profile, say: Translator) -> dict[str, object]:
    """The same to somebody we know, with their own reach and price among the choices, also where no form offers them."""
    reach, cost = reach_word(profile), str(profile.cost_cents)
    other_reach = [(reach, say("As it is now"))] if reach not in REACH_NAMES else []
    other_cost = [(cost, wording.price(profile.cost_cents, say))] if cost not in COST_NAMES else []
    return offered(say) | {
        "costs": choices_said(COST_NAMES, say) + other_cost,
        "reaches": choices_said(REACH_NAMES, say) + other_reach,
        "rhythms": choices_said(RHYTHM_NAMES, say),
        "languages": list(NAMES.items()),
    }


def reach_word(profile: Profile) -> str:
    """The choice of REACH_NAMES that stands for this reach, or the number itself where none does."""
    if same_reach(profile.reach_km, REACH_KM[profile.travel]):
        return ""
    return next((word for word in REACH_NAMES if word and same_reach(profile.reach_km, float(word))), str(profile.reach_km))


def next_smaller_reach(km: float) -> float:
    """The next smaller distance that a form offers; the same where none is smaller."""
    return max((float(word) for word in REACH_NAMES if word and float(word) < km and not same_reach(float(word), km)), default=km)


def same_reach(km: float, other: float) -> bool:
    """Equal as far as Postgres keeps a real."""
    return math.isclose(km, other, rel_tol=1e-6)


def choices_said(names: dict[str, str], say: Translator) -> Choices:
    return [(code, say(name)) for code, name in names.items()]


def _years(code: str) -> str:
    assert code != UNDER_AGE  # of whom nothing is kept, so nothing is offered
    return code.replace("_up", "+").replace("_", " – ")
