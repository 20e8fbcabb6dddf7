"""The country and the state or province that an address names, as addresses in North America are written. Pure."""

from __future__ import annotations

import re

_STATES = (
    "AL Alabama;AK Alaska;AZ Arizona;AR Arkansas;CA California;CO Colorado;CT Connecticut;DE Delaware;DC District of Columbia;FL Florida"
    ";GA Georgia;HI Hawaii;ID Idaho;IL Illinois;IN Indiana;IA Iowa;KS Kansas;KY Kentucky;LA Louisiana;ME Maine;MD Maryland"
    ";MA Massachusetts;MI Michigan;MN Minnesota;MS Mississippi;MO Missouri;MT Montana;NE Nebraska;NV Nevada;NH New Hampshire"
    ";NJ New Jersey;NM New Mexico;NY New York;NC North Carolina;ND North Dakota;OH Ohio;OK Oklahoma;OR Oregon;PA Pennsylvania"
    ";PR Puerto Rico;RI Rhode Island;SC South Carolina;SD South Dakota;TN Tennessee;TX Texas;UT Utah;VT Vermont;VA Virginia"
    ";WA Washington;WV West Virginia;WI Wisconsin;WY Wyoming"
)
_PROVINCES = (
    "AB Alberta;BC British Columbia;MB Manitoba;NB New Brunswick;NL Newfoundland and Labrador;NS Nova Scotia;NT Northwest Territories"
    ";NU Nunavut;ON Ontario;PE Prince Edward Island;QC Quebec;QC Québec;SK Saskatchewan;YT Yukon"
)
_COUNTRIES = (
    "US USA;US US;US United States;US United States of America;CA Canada;MX Mexico;MX México;GB United Kingdom;GB UK;GB GB;GB Great Britain"
    ";GB England;GB Scotland;GB Wales;GB Northern Ireland;IE Ireland;FR France;DE Germany;ES Spain;IT Italy;PT Portugal;NL Netherlands"
    ";BE Belgium;CH Switzerland;AT Austria;SE Sweden;NO Norway;DK Denmark;FI Finland;AU Australia;NZ New Zealand;IN India;JP Japan"
    ";KR South Korea;BR Brazil;AR Argentina;ZA South Africa"
)


def _by_name(lines: str) -> dict[str, str]:
    """Folded names, and codes in capitals, to codes."""
    rows = [line.split(" ", 1) for line in lines.split(";")]
    return {name.casefold(): code for code, name in rows} | {code: code for code, _ in rows}


STATES, PROVINCES = _by_name(_STATES), _by_name(_PROVINCES)
COUNTRIES = {name.casefold(): code for code, name in (line.split(" ", 1) for line in _COUNTRIES.split(";"))}
STATE_NAMES = "|".join(sorted((re.escape(line[3:]) for line in _STATES.split(";")), key=len, reverse=True))
# Postal codes of Canada begin with a letter that stands for a province.
CANADIAN = re.compile(r"\b([ABCEGHJ-NPRSTVXY])\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b")
_LETTERS = {
    "A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON", "M": "ON", "N": "ON", "P": "ON",
    "R": "MB", "S": "SK", "T": "AB", "V": "BC", "X": "", "Y": "YT",
}  # fmt: skip
BRITISH = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d(?!ST|ND|RD|TH)[ABD-HJLNP-UW-Z]{2}$")
_CODE = re.compile(r"\s*\b\d{5}(?:-\d{4})?$")


def territory_in(text: str) -> tuple[str, str]:
    """(country, state or province) that an address names, as codes; "" for what it does not name."""
    parts = [part for part in (piece.strip(" .()") for piece in re.split(r"[,\n;|]", text)) if part]
    country = ""
    if len(parts) > 1 and parts[-1].casefold().replace(".", "") in COUNTRIES:
        country = COUNTRIES[parts.pop().casefold().replace(".", "")]
    elif len(parts) > 1 and parts[-1] == "CA" and _state_in(CANADIAN.sub("", parts[-2]).strip(), whole=True)[0] == "CA":
        parts.pop()  # "Toronto, ON, CA"
    if code := CANADIAN.search(text):
        return "CA", _LETTERS[code[1]]
    if any(BRITISH.search(part) for part in parts):
        return "GB", ""
    rest = [part for part in (_CODE.sub("", part).strip() for part in parts) if part]
    if len(rest) == 1 and rest[0] in (*STATES, *PROVINCES):
        rest = []  # a word in capitals, and no address
    of, state = _state_in(rest[-1], whole=len(rest) > 2 or bool(country)) if rest else ("", "")
    return (country or of), (state if country in ("", of) else "")


def _state_in(part: str, *, whole: bool) -> tuple[str, str]:
    """Of the last part of an address: a state's code, also behind the name of a town ("Petaluma CA"), or its name.

    whole: names count, because street or town or country are told as well: "Stage, Virginia" may be a room.
    """
    last = part.rpartition(" ")[2]
    behind_a_town = bool(re.search(r"\b[A-Z][\w'’-]*[a-z]\.? [A-Z]{2}$", part))
    for country, names in (("US", STATES), ("CA", PROVINCES)):
        if part in names:
            return country, names[part]
        if whole and len(part) > 2 and part.casefold() in names:
            return country, names[part.casefold()]
        if behind_a_town and last in names:
            return country, names[last]
    return "", ""
