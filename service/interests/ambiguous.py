"""Words by which a person names a wish, but which alone in a title or a description say little of what an activity is about.

Somebody who writes "books" wishes for books; "Book your seat now" is about no book, "Tech help" is no volunteering, and a walk in
Griffy Park cleans up nothing. With a second word of the topic ("park cleanup", "book club") they count as they always do. Pure.
"""

from __future__ import annotations

from functools import cache

from matching import plain_text, stem, tokens
from service.interests.taxonomy import phrases_of, topics

# Topic -> its ambiguous words and phrases.
AMBIGUOUS = {
    "aerobics": "work",
    "balance": "fall",
    "ballroom": "swing",
    "birding": "hawk",
    "board_games": "game",
    "book_club": "book, read, reading, cuento, lecture",
    "bowls": "bowl",
    "camping": "camp, outdoors",
    "cards": "card, bridge",
    "cleanup": "park, environment",
    "coffee_chat": "friend, conversation, social, cafe, company, chat",
    "computers": "basics, window",
    "concerts": "blues",
    "cooking": "kitchen",
    "cultures": "culture, international, latin, italian",
    "dogs": "pet, cat",
    "drawing": "color",
    "english_class": "english",
    "faith": "church",
    "family_fun": "age",
    "festivals": "fair, celebration, thanksgiving, dead",
    "fishing": "fish",
    "flowers": "rose",
    "food_tasting": "food, cheese",
    "gardening": "plant, soil",
    "health_talks": "screening",
    "hiking": "trail",
    "instruments": "music, band, orchestra",
    "jobs": "work, network, networking",
    "kids_club": "school",
    "languages": "latin, italian, japanese",
    "lectures": "learning something new, lifelong learning",
    "life_change": "change",
    "line_dance": "line",
    "meditation": "breath",
    "money": "benefit",
    "nature_study": "creek, tree",
    "neighborhood": "community, town, newcomer",
    "outings": "viaje, travel",
    "painting": "art, arte",
    "paper_crafts": "bookmark",
    "parents": "parent, mother",
    "park_time": "park, parque, lake, beach",
    "photography": "video",
    "playgroup": "play",
    "pottery": "sculpture",
    "science": "weather, climate",
    "senior_center": "senior, 50",
    "shared_meals": "lunch",
    "singing": "carol",
    "spanish_talk": "spanish",
    "stargazing": "star, moon",
    "story_time": "book",
    "swimming": "pool",
    "table_sports": "pool",
    "theater": "act, stage, rehearsal",
    "vegetable_garden": "tomato, chicken, grow",
    "video_games": "gaming",
    "visiting": "visit",
    "volunteering": "help, community service, make a difference, be useful, charity, donations",
    "water_outings": "boat",
    "womens_group": "women",
}


def says_little(code: str, phrase: str) -> bool:
    """Whether a phrase of a topic comes down to one ambiguous word; "book club" does, for every kind of group is called a club."""
    words = tokens(phrase)
    return phrase.lower() in _ambiguous(code) or (len(words) == 1 and words[0] in {stem(word) for word in _ambiguous(code)})


def named_whole(text: str) -> set[str]:
    """Codes of the topics that a text calls by several words in a row, or by what one does there: "book club", "fishing"."""
    line = _line(text)
    return {code for code, names in _whole_names().items() if any(name in line for name in names)}


@cache
def _whole_names() -> dict[str, list[str]]:
    """Topic -> what it is called by several words, or by what one does: a fish is many things, fishing is one. Each between blanks."""
    return {topic.code: [_line(phrase) for phrase in phrases_of(topic) if _is_whole(topic.code, phrase)] for topic in topics()}


def _is_whole(code: str, phrase: str) -> bool:
    if phrase.lower() in _ambiguous(code):
        return False
    return " " in phrase or (says_little(code, phrase) and phrase.endswith("ing"))


@cache
def _ambiguous(code: str) -> frozenset[str]:
    return frozenset(AMBIGUOUS.get(code, "").split(", "))


def _line(text: str) -> str:
    return f" {' '.join(''.join(letter if letter.isalnum() else ' ' for letter in plain_text(text)).split())} "
