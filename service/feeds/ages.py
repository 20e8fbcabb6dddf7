"""For whom an activity is, as far as its own words say it: pure, English as calendars write it, and careful.

Children's programs must never reach adults as their own, so a program for children is taken at its word; whatever else is unclear stays
unsaid, which means adults. What a column of a table or the center itself said comes first: see `settle.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int | None]  # years, both ends included; no second one: open

CHILD = 12  # the oldest of "kids", as libraries use the word
OLDER = 60  # "seniors" where no number is said: the age of the Older Americans Act
GRADE_AGE = 5  # kindergarten, and so grade 1 is six

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {word: number for number, word in enumerate(_WORDS)}
_N = r"(\d{1,3}|" + "|".join(_NUMBERS) + ")"
_TO = r"\s*(?:-|–|—|to|through|&|and)\s*"
_YEARS = r"(?:\s*-?\s*(months?|mos?\.?)\b|\s*-?\s*(?:years?|yrs?\.?)\b(?:\s*-?\s*olds?)?)?"
_UP = r"\s*(?:\+|(?:and|&|or)\s*(?:up|over|older|above)\b)"
_DOWN = r"\s*(?:(?:and|&|or)\s*(?:under|younger|below)\b)"
_AGES = r"\bage[sd]?:?\s+(?:of\s+)?"
_SPANS = (
    rf"{_AGES}{_N}{_YEARS}{_TO}{_N}{_YEARS}(?!\d)",
    rf"\b{_N}{_YEARS}{_TO}{_N}\s*-?\s*(?:(months?)|years?|yrs?)\s*-?\s*olds?\b",
)
_RANGE = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SPANS)
_OPEN = (
    re.compile(rf"{_AGES}{_N}(?:\s*(?:years?|yrs?)(?:\s+olds?)?)?{_UP}", re.IGNORECASE),
    re.compile(rf"\b(?:adults?|seniors?|teens?|people|persons?)\s+\(?{_N}{_UP}", re.IGNORECASE),
    re.compile(r"(?<![$\d.,])\b(18|19|21|50|55|60|62|65)\+(?=\s*(?:$|[).,;:!|/\]]|only\b))", re.IGNORECASE),
)
_BELOW = (
    re.compile(rf"{_AGES}{_N}{_YEARS}{_DOWN}", re.IGNORECASE),
    re.compile(rf"\b{_N}\s*(months?)(?:\s+olds?)?{_DOWN}", re.IGNORECASE),
    re.compile(rf"\b(?:birth|newborns?){_TO}(?:age\s+)?{_N}\b", re.IGNORECASE),
)
_ONE = re.compile(rf"\b(?:{_AGES}{_N}\b(?!\s*(?:{_UP}|[-–+\d]))|{_N}\s*-?\s*years?\s*-?\s*olds\b)", re.IGNORECASE)
_BRACKETED = re.compile(r"\(\s*(\d{1,2})\s*(?:-|–)\s*(\d{1,2})\s*\)")
_GRADE = r"(pre-?k|k(?:indergarten)?|\d{1,2})(?:st|nd|rd|th)?"
_GRADES = (
    re.compile(rf"\bgrades?\s+{_GRADE}(?:{_TO}{_GRADE}|(\s*(?:\+|and up|& up)))?", re.IGNORECASE),
    re.compile(rf"\b{_GRADE}{_TO}{_GRADE}\s+grade(?:rs?|s)?\b", re.IGNORECASE),
)

# What programs call those they are for. The first word that fits decides, so the narrower ones come first.
_GROUPS: tuple[tuple[str, Span], ...] = (
    (r"bab(?:y|ies)(?:'s)?|infants?|newborns?|lap-?sit", (0, 2)),
    (r"toddlers?(?:')?", (1, 3)),
    (r"pre-?school(?:ers?)?|pre-?k", (3, 5)),
    (r"early years", (0, 6)),
    (r"kids?(?:')?|child(?:ren)?(?:'s)?|juniors?(?:')?", (0, CHILD)),
    (r"(?:tween|pre-?teen)s?(?:')?", (9, 12)),
    (r"teen(?:ager)?s?(?:')?", (13, 17)),
    (r"youths?(?:')?", (0, 17)),
)
_OLDER = re.compile(
    r"\b(?:(?:for|with)\s+(?:active\s+|older\s+)?seniors\b|seniors'?\s+(?!cent(?:er|re)s?\b)\w|older adults?\b"
    r"|senior\s+(?:citizens?|yoga|fitness|exercise|stretch\w*|lunch\w*|walk\w*|stroll|saunter|hike|paddle|swim\w*|dance|bingo|aerobics|coffee|social"
    r"|club|chair))",
    re.IGNORECASE,
)
_GROWN_UP = re.compile(r"\b(?:adults?|grown-?ups?|parents? only|caregivers? only|for parents)\b", re.IGNORECASE)
_STORIES = re.compile(r"\bstory\s*(?:time|hour)s?\b", re.IGNORECASE)
_ALL = re.compile(r"\ball[- ]ages\b", re.IGNORECASE)
_SEGMENT = r"(?:^|[(|:~]|\s[-–—]\s)\s*(?:(?:spring|summer|fall|winter|weekly|bilingual|virtual|free|drop-?in)\s+)*"
_PROGRAMS = (
    r"(?:activit|art|ball|band|basketball|book|camp|caf[eé]|chess|choir|class|club|craft|dance|fun|game|gym|hangout|hockey|lounge|movie|music"
    r"|night|orchestra|paint|play|program|read|room|science|skat|skill|soccer|sport|stem|swim|theat|time|village|workshop|writ|yoga|zone)"
)
_NOT_A_PROGRAM = r"(?!\s*(?:literature|books?\b(?! club)|hospital|museum|day\b|literacy|author|film))"
# In a title a word counts where programs put whom they are for, so that a play or a band is not taken for one.
_IN_TITLE = tuple(
    (
        re.compile(
            rf"\b(?:for|with)\s+(?:young\s+)?(?:your\s+)?(?:{words})\b|{_SEGMENT}(?:{words})(?=[\s,&/)!:]|$){_NOT_A_PROGRAM}|\b(?:{words})\s*:"
            rf"|\b(?:{words})\s+(?:\w+\s+){{0,2}}?{_PROGRAMS}",
            re.IGNORECASE,
        ),
        span,
    )
    for words, span in _GROUPS
)
_MEANT = (
    r"\b(?:(?:designed|intended|created|made|just|perfect|ideal|great|fun|recommended|suitable|best|open|program|class|workshop|club|group"
    r"|camp|series|session|yoga|music|stories|activities|games|crafts|play)\s+(?:is\s+)?for)\s+(?:\w+\s+)?"
)
_IN_TEXT = tuple((re.compile(rf"{_MEANT}(?:{words})(?:-aged)?\b", re.IGNORECASE), span) for words, span in _GROUPS)
# Only these, in a title, a description or a place: "a KIDS-ONLY hour". And whom the first words of a description call.
_ALONE = tuple((re.compile(rf"\b(?:{words})[- ]only\b|\bonly for (?:{words})\b", re.IGNORECASE), span) for words, span in _GROUPS)
_CALLED = tuple(
    (
        re.compile(rf"^\W*(?:(?:calling|attention)\W+(?:all\s+)?(?:{words})|(?:{words})\s+are\s+(?:\w+\s+)?invited)\b", re.IGNORECASE),
        span,
    )
    for words, span in _GROUPS
)
# A room of a library or a center that belongs to them.
_ROOMS = tuple(
    (
        re.compile(
            rf"\b(?:{words})\s+(?:(?:program|activity|craft|play|story|meeting)\s+)?(?:room|rm|area|space|lounge|corner|department|wing)\b",
            re.IGNORECASE,
        ),
        span,
    )
    for words, span in _GROUPS
)
_FAMILIES = re.compile(
    r"\b(?:famil(?:y|ies)|everyone|everybody|all ages|any age|intergenerational|parents?|caregivers?|seniors?)\b", re.IGNORECASE
)
_AFTER_SCHOOL = re.compile(r"^\W*after[- ]?school\b(?!\s+(?:specials?|staff|provider|teacher))", re.IGNORECASE)
_BRICKS = re.compile(r"\blegos?\b(?:\W+\w+)?\W+(?:build\w*|club|construction|challenge|time|lab|play\w*|day|mania)\b", re.IGNORECASE)
# A number near these is a price, a rule of the house or a story, and not whom the program is for.
_ASIDE = re.compile(
    r"[$]|\bfree\b|\badmission\b|\btickets?\b|\baccompan|\bmust (?:have|be with)\b|\bsupervis|\bnot (?:recommended|suitable|appropriate)"
    r"|\bunder the age\b|\bdiscount|\bwaive",
    re.IGNORECASE,
)
_ABOUT_PEOPLE = re.compile(
    r"\b(?:for|child(?:ren)?|kids|teens?|tweens?|toddlers?|babies|youth|adults?|seniors?|students?|participants|open to|recommended"
    r"|designed|suggested|welcome)\b|^\W*ages?\b|^\W*grades?\b",
    re.IGNORECASE,
)


def ages_in(title: str, description: str = "", categories: Sequence[str] = (), place: str = "") -> Span | None:
    """Years that the words name; None where they name none, which means adults."""
    heading, text, where = (words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for words in (title, description, place))
    span = _widest(_numbers(heading)) or _named(heading)
    if span:
        return span
    if _GROWN_UP.search(heading):
        return None
    return _of_categories(categories) or _of_text(text) or _of_children_alone(heading, text, where)


def _of_children_alone(title: str, description: str, place: str) -> Span | None:
    """What says so without ages: "kids only", "teens are invited", a children's room, after school. Families are not children alone."""
    if _FAMILIES.search(title) or _ALL.search(description):
        return None
    spans = [span for words in (title, description, place) for pattern, span in _ALONE if pattern.search(words)]
    first = re.split(r"(?<=[.!?])\s+|\n", description.strip(), maxsplit=1)[0]
    if not _GROWN_UP.search(first) and not _FAMILIES.search(first):
        spans += [span for pattern, span in _CALLED if pattern.search(first)]
    spans += [span for pattern, span in _ROOMS if pattern.search(place)]
    if spans:
        return _widest(spans)
    if _AFTER_SCHOOL.search(title):
        return 0, 17
    return (0, CHILD) if _BRICKS.search(title) and not _GROWN_UP.search(description) and not _FAMILIES.search(description) else None


def _numbers(text: str) -> Iterator[Span]:
    """Every span of ages or school grades that is written in numbers."""
    rest = text
    for pattern in (*_RANGE, *_GRADES, *_OPEN, *_BELOW, _ONE):
        for match in pattern.finditer(rest):
            span = _grades(match) if pattern in _GRADES else _years(match, pattern)
            if span and (span[1] is None or span[0] <= span[1] <= 120):
                yield span
        rest = pattern.sub(" ", rest)
    if (bracketed := _BRACKETED.search(rest)) and _named(rest):
        yield int(bracketed[1]), int(bracketed[2])


def _years(match: re.Match[str], pattern: re.Pattern[str]) -> Span | None:
    parts = [part.lower() for part in match.groups() if part]
    months = any(part.startswith("mo") for part in parts)
    numbers = [_NUMBERS[part] if part in _NUMBERS else int(part) for part in parts if part in _NUMBERS or part.isdigit()]
    if not numbers or max(numbers) > 120:
        return None
    if months:
        numbers = [_in_years(number) for number in numbers]
    if pattern in _OPEN:
        return numbers[0], None
    return (0 if pattern in _BELOW else min(numbers)), max(numbers)


def _in_years(months: int) -> int:
    """Of "6 to 23 months"; what stands beside months in whole years ("18 months to 3 years") is small enough to tell."""
    return months // 12 if months > 5 else months


def _grades(match: re.Match[str]) -> Span:
    named = [part for part in match.groups() if part]
    grades = [_grade(part) for part in named if _grade(part) is not None]
    ages = [grade + GRADE_AGE for grade in grades if grade is not None]
    if any("up" in part or "+" in part for part in named):
        return ages[0], 18
    return min(ages), max(ages) + 1


def _grade(text: str) -> int | None:
    """Kindergarten is 0, the year before it -1."""
    word = text.lower().replace("-", "")
    if word in ("prek", "k", "kindergarten"):
        return -1 if word == "prek" else 0
    return int(word) if word.isdigit() else None


def _named(title: str) -> Span | None:
    """Whom a title names in words."""
    grown_up = bool(_GROWN_UP.search(title))
    spans = [span for pattern, span in _IN_TITLE if pattern.search(title)]
    if spans and grown_up:
        return None if re.search(r"\bYA\b", title) else (min(low for low, _ in spans), None)
    if spans:
        return _widest(spans)
    if _STORIES.search(title) and not grown_up:
        return 0, CHILD
    if _OLDER.search(title):
        return OLDER, None
    return (0, None) if _ALL.search(title) else None


def _of_categories(categories: Sequence[str]) -> Span | None:
    """Only where every category that names people names children."""
    people = [word for word in categories if re.search(r"\b(?:adult|famil|all ages|senior|everyone)", word, re.IGNORECASE)]
    spans = [span for word in categories for pattern, span in _IN_TITLE if pattern.search(word)]
    return None if people else _widest(spans)


def _of_text(text: str) -> Span | None:
    """Of a description; spans that disagree say nothing, unless all are of children."""
    if _ALL.search(text):
        return None
    spans: list[Span] = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text[:2000]):
        if _ASIDE.search(sentence):
            continue
        if _ABOUT_PEOPLE.search(sentence):
            spans += _numbers(sentence)
        if not _GROWN_UP.search(sentence):
            spans += [span for pattern, span in _IN_TEXT if pattern.search(sentence)][:1]
    if len(set(spans)) == 1 or all(high is not None and high < 18 for _, high in spans):
        return _widest(spans)
    return None


def _widest(spans: Iterator[Span] | Sequence[Span]) -> Span | None:
    all_spans = list(spans)
    if not all_spans:
        return None
    highs = [high for _, high in all_spans]
    return min(low for low, _ in all_spans), None if None in highs else max(high for high in highs if high is not None)
