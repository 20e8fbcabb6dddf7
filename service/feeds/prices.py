"""What an activity costs, as far as its own words say it: pure, and careful, for "free" may mean the parking."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_DOLLARS = 500  # more than that is a grant, a salary or a house

_AMOUNT = re.compile(r"\$\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{2})?(?:\s*(?:-|–|to)\s*\$?\s*(\d+)(\.\d{2})?(?![\d,]))?")
_PRICE = re.compile(
    r"\b(?:cost|costs|price|priced|fees?|admission|tickets?|per (?:person|class|session|child|family|adult|couple)|each|tuition|drop-?in"
    r"|register|registration|members?|non-?members?|suggested|donation|cover|entry|pay|students?|adults?|seniors?|general|class)\b|/\s*\w",
    re.IGNORECASE,
)
_ALONE = re.compile(r"[\s$\d.,/·•|:–-]*(?:(?:per|a)\s+\w+)?\W*")
# Sentences with these speak of other money than the price of coming.
_OTHER_MONEY = re.compile(
    r"\b(?:rais|grant|prize|win|worth|award|gift card|scholarship|budget|million|billion|fund|saved?|off\b|value)", re.IGNORECASE
)
# A pass for ten times, a membership, a pint: not the price of coming once.
_NOT_ONCE = re.compile(
    r"\b\d+[- ](?:class|session|visit|lesson|punch)s?\b[\w ]*\b(?:pass|card|package|bundle)|\b(?:trial|annual|day) membership"
    r"|\bmembership (?:for|levels?)\b|\b(?:goes to|contribute)\b|\.9[59]\b|\b(?:pint|beer|drinks?)\b",
    re.IGNORECASE,
)
_FREE_THINGS = (
    "parking|wi-?fi|food|snacks?|samples?|coffee|gift|trial|time|play|rentals?|skate rentals?|swag|t-?shirts?|refreshments|range|style|will"
    "|form|speech|events|from|and open source|with"
)
_FREE_FOR_SOME = r"(?:for (?!all\b|everyone\b|the public\b)|to (?:members|students|children|kids|residents)|of (?!charge|cost))"
_SOME = "eat|members|kids|children|students"
_NOT_FREE = re.compile(
    rf"\bfree\s+(?:(?:{_FREE_THINGS})\b|{_FREE_FOR_SOME})|\bfeel free\b|\w-free\b|\bfree-\w|\bget one free\b|\bfirst \w+ (?:is )?free\b"
    rf"|\b(?:{_SOME}) (?:are |get in )?free\b|\b(?:park|they|if)\b.{{0,60}}(?:\bfree\b|\bno cost\b)",
    re.IGNORECASE,
)
_WHAT_IS_FREE = (
    "admission|entry|event|program|class|workshop|concert|session|community|public|drop-?in|family|music|screening|tour|film|to attend"
    "|and open|& open|and welcoming|for all|for everyone|for the public|of charge|of cost"
)
_FREE = re.compile(
    rf"\bfree\s+(?:{_WHAT_IS_FREE})\b|\b(?:is|are|always|totally|completely|100%|admission|cost:?|price:?|fee:?|it's|for)\s+free\b"
    r"|\b(?:no (?:charge|cost|fee)|at no cost|without charge|no admission)\b"
    r"|^\W*free\W*$|^\W*free\b\s*[!·•|,.-]|[·•|(,!-]\s*free\s*(?:$|[)!·•|,.])",
    re.IGNORECASE,
)


def price_in(title: str, description: str = "", categories: Sequence[str] = ()) -> int | None:
    """Cents that the words name, the highest of several; 0 where they say that it is free; None where they do not say it plainly."""
    sentences = [title, *re.split(r"(?<=[.!?])\s+|\n", description[:3000])]
    if "$" in title or "$" in description:
        prices = [_prices(sentence, in_title=number == 0) for number, sentence in enumerate(sentences)]
        all_cents = [cents for amounts in prices if amounts for cents in amounts]
        return max(all_cents) if all_cents and None not in prices else None
    return 0 if any(map(_is_free, sentences)) or "free" in (word.lower() for word in categories) else None


def _prices(sentence: str, *, in_title: bool) -> list[int] | None:
    """Cents of each price; None where money is spoken of, but not plainly as a price."""
    amounts = [] if _NOT_ONCE.search(sentence) else [cents for match in _AMOUNT.finditer(sentence) for cents in _cents(match)]
    if not amounts:
        return []
    plain = in_title or _PRICE.search(sentence) or _ALONE.fullmatch(_AMOUNT.sub("", sentence))
    return None if not plain or _OTHER_MONEY.search(sentence) or max(amounts) > MOST_DOLLARS * 100 else amounts


def _is_free(sentence: str) -> bool:
    return bool(_FREE.search(_NOT_FREE.sub(" ", sentence)))


def _cents(match: re.Match[str]) -> list[int]:
    """Both ends of "$10-$25"."""
    low = int(match[1].replace(",", "")) * 100 + _rest(match[2])
    return [low, int(match[3]) * 100 + _rest(match[4])] if match[3] else [low]


def _rest(text: str | None) -> int:
    return int(text[1:]) if text else 0
