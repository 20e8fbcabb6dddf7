"""Whether the words of an event say that it does not take place: pure, for English, Spanish, French and the commonest Arabic words.

A wrong yes hides an activity, a wrong no sends somebody to a locked door. So where the words can be read both ways, the event is off.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# Said of an event, these mean one thing wherever they stand.
_CANCELLED = (
    r"canc?e?l{1,3}e?d|cancell?ation(?= notice)|(?:class|event|meeting|program|session|weather|notice of) cancell?ation|cxl'?d?|cncld|canx"
    r"|called off|rained out|snowed out|cancelad[oa]s?|se cancela|cancelaci[oó]n|anulad[oa]s?|annul[ée]e?s?|annulation"
    r"|(?:is|are|was) not (?:meeting|happening|taking place|being held)|not (?:meeting|happening|taking place)"
    r"|(?:will not|won'?t|does not|doesn'?t) (?:meet|happen|take place|be held)|no longer (?:meeting|happening|taking place)"
    r"|no se re[uú]ne|no se realizar[aá]|n'aura pas lieu|n'a pas lieu|on hiatus"
    r"|ملغى|ملغي|ملغاة|[أا]لغيت?|تم [إا]لغاء"
)
_POSTPONED = (
    r"post-?\s?pon+ed|suspended|on hold|aplazad[oa]s?|pospuest[oa]s?|postergad[oa]s?|se aplaza|se pospone"
    r"|suspendid[oa]s?|se suspende|report[ée]e?s?(?= (?:au|à|en)\b)|reporté(?:e|s|es)?|suspendue?s?|مؤجلة?|تأجلت?|تم تأجيل"
)
_RESCHEDULED = r"re-?\s?sched(?:uled)?|reprogramad[oa]s?|se reprograma|reprogrammé(?:e|s|es)?"
_CLOSED = r"closed|cerrad[oa]s?|fermé(?:e|s|es)?|fermeture|مغلقة?"

_ACTIVITY = (
    r"class(?:es)?|meetings?|meet-?ups?|sessions?|practices?|rehearsals?|program(?:s|ming|mes?)?|lessons?|workshops?|story ?(?:time|hour)s?"
    r"|yoga|bingo|choir|zumba|tai chi|pilates|exercise|fitness|swim(?:ming)?|skat(?:e|ing)|danc(?:e|ing)|clubs?|groups?|events?"
    r"|activit(?:y|ies)|worship|services?|lunch(?:es)?|breakfast|supper|dinner|walks?|hikes?|rides?|drop-?in"
    r"|open (?:gym|mic|studio|house)|tutoring|knitting"
    r"|clase|clases|reuni[oó]n|reuniones|sesi[oó]n|taller|ensayo|cours|r[ée]union|s[ée]ance|atelier|r[ée]p[ée]tition"
)
_MORE_ACTIVITY = (
    r"concerts?|shows?|performances?|lectures?|talks?|tours?|markets?|films?|movies?|screenings?|trainings?|festivals?|fairs?|camps?"
)
_WHICH = (
    r"lap|open|family|public|chair|adult|senior|kids?|youth|teen|morning|evening|afternoon|weekly|gentle|line|water|book|board|council"
    r"|committee|regular|in-person|baby|toddler|preschool|chess|art|craft|music|bible|esl|english|spanish"
)
_NONE = rf"(?:no|no hay|no habr[aá]|sin|pas de)\s+(?:(?:{_WHICH})\s+){{0,2}}(?:{_ACTIVITY})"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
_DAY = rf"(?:{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH}|\d{{1,2}}/\d{{1,2}})(?:[,/]?\s*20\d\d)?(?!\d)"
_DAYS = rf"(?:(?:on|for|el|le)\s+)?(?:{_WEEKDAY},?\s+)?{_DAY}(?:(?:\s*[,&+]\s*|\s+(?:and|y|et)\s+)(?:{_WEEKDAY},?\s+)?{_DAY})*"
_HOLIDAY = (
    r"holidays?|labor|labour|memorial|independence|thanksgiving|christmas|xmas|juneteenth|easter|new year|veterans?|presidents?|mlk"
    r"|martin luther|columbus|indigenous|election|good friday|spring|summer|fall|winter|snow|weather|teacher|staff"
)
# What goes on speaking of the notice. A noun after "closed" is what is closed: a loop, a caption.
_TAIL = (
    rf"(?:to|until|till?|due|because|for|from|indefinitely|today|tonight|tomorrow|this|next|through|thru|on|in observance|all|early|again"
    rf"|at|date|tbd|tba|by|as|week|hasta|por|para|debido|el|hoy|al|jusqu\w*|pour|en raison|le|au|du|aujourd\w*|exceptionnelle|annuelle"
    rf"|{_HOLIDAY}|{_MONTH}|{_WEEKDAY})\b|\d"
)
_ENDS = rf"(?=\s*(?:$|[^\w\s'’&+-]|-+(?:\s|>|$|{_TAIL})|-{{2,}}|(?:{_TAIL})))"
_BEGINS = r"(?:^|[^\w\s'’&+-]|(?<=[\s-])-|(?<=\w)-(?=no\b))\s*"

_FACILITY = r"library|librar(?:y|ies)|offices?|building|hall|clubs?|centers?|centres?|pool|gym|museum|store|campus|facility|schools?|we"
_BUILDING_NOTICE = re.compile(
    rf"\b(?:early|holiday|weather|snow|emergency|temporary|library|offices?|building|pool|gym|facility) clos(?:ures?|ings?){_ENDS}"
    rf"|\bdelayed opening\b|(?:\b(?:{_FACILITY})|^\W*)\s*\bclos(?:es?|ing)\s*(?:early\b|(?:@|at)\s*(?:\d|noon))|^\W*no school\W*$",
    re.IGNORECASE,
)

# Nearly every title has none of these, and is done with.
_STEMS = re.compile(
    r"can|cxl|cncl|called|rained|snowed|celad|cela\b|anul|annul|not\b|won'?t|n't|n'a|longer|no\b|sin\b|pas\b|hiatus|pon|susp|hold|apla|puest|sched"
    r"|post|reprog|report|clos|cerrad|ferm|delayed|moved|ملغ|لغ|إلغاء|مؤجل|تأج|مغلق",
    re.IGNORECASE,
)

# Taken out before anything is looked for: the same words about something else.
_RECOVERY = re.compile(r"\b(?:AA|NA|OA|GA|al-?anon|alcoholics|narcotics|12[- ]step|twelve[- ]step)\b", re.IGNORECASE)
_DOUBT = r"may be|might be|could be|can be|gets?|getting|got|being|never|not|almost|nearly|unless|until|if|subject to being"
_NOT_OFF = re.compile(
    rf"\b(?:{_DOUBT}) (?:been )?(?:{_CANCELLED}|{_POSTPONED})\b"
    rf"|\bun-?cancell?ed|\b(?:{_CANCELLED}|{_POSTPONED}|{_NONE}) (?:if|in case|in the event|when|unless|in (?:heavy )?rain|for rain)\b"
    r"|\bcancell?ed (?:stamps?|checks?|flights?|culture|tv|television|shows? trivia)\b"
    r"|\b(?:eyes?|minds?|cases?|doors?|deals?|polls?|registrations?|registro|inscripci[oó]n(?:es)?|inscriptions?|sign-?\s?ups?|enrol?lments?"
    r"|applications?|submissions?|sales?|wait-?\s?lists?|rsvps?|entries|nominations?|bidding|not|never|almost|nearly|wide|semi|half|once)"
    r"(?:,? (?:is|are|has|have|now|been))*[\s-]+(?:closed|cerrad[oa]s?|fermé(?:e|s|es)?)\b"
    r"|\b(?:puertas?|ojos|casos?|circuitos?|grupos?|portes?|yeux|circuits?|groupes?) (?:cerrad[oa]s?|fermé(?:e|s|es)?)\b"
    r"|\bclosed[\s-](?:loops?|caption\w*|doors?|circuits?|toes?|mics?|cells?|chains?|systems?|books?|sets?|stacks?|eyes?|mouth|minded|sessions?"
    r"|meetings?|groups?|beta|world|guitar|positions?)\b"
    r"|\bclosed (?:on )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days\b|(?:major |federal |public |most )?holidays\b)"
    r"|\b(?:when|how|why|where|which|that|(?:after|before|since|day|night) (?:the|we|our|they))\b[\w\s'’]*"
    r"\b(?:closed|suspended|postponed)\b"
    r"|\bfermeture (?:éclair|à glissière)|\b(?:bridge|gardens?|puentes?|jardines|caf[eé]s?) suspen(?:ded|did[oa]s?)\b"
    r"|\bnot (?:meeting|happening|taking place|being held) (?:at|in)\b",
    re.IGNORECASE,
)
# The row stands for the new date, or for a place in this one.
_NEW_DATE = re.compile(
    rf"\b(?:{_RESCHEDULED}|{_POSTPONED}|moved)\s+from\b[^)\]]*|\b(?:new|make-?\s?up) date\b|\b(?:{_RESCHEDULED})\s+(?:show|event)\b",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(rf"(?<![\w-])(?:{_CANCELLED})(?!\w)", re.IGNORECASE)
_EDGE = re.compile(
    rf"(?<!\w)(?:{_POSTPONED}|{_CLOSED}){_ENDS}|{_BEGINS}(?:{_NONE}){_ENDS}|^\W*(?:{_POSTPONED})\s[\w\s'’&+-]*\b(?:{_ACTIVITY}|{_MORE_ACTIVITY})\b"
    rf"|\b(?:is|are|has been|have been)\s+(?:now\s+)?(?:{_POSTPONED})(?!\w)",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    rf"(?<!\w)(?:{_RESCHEDULED}){_ENDS}|^\W*(?:{_RESCHEDULED})\s|\bmoved to (?:{_DAY}|{_WEEKDAY}|next|a new date)", re.IGNORECASE
)
_SHOUTED = re.compile(rf"(?<!\w)(?:{_POSTPONED}|{_RESCHEDULED}|{_CLOSED}|{_NONE})(?!\w)", re.IGNORECASE)
_TO_A_DAY = re.compile(
    rf"(?<!\w)(?:{_POSTPONED}|{_RESCHEDULED}|moved)\W+(?:date\W*|(?:to|until|till|for)\s+)(?P<days>{_DAYS})", re.IGNORECASE
)
_DATED = re.compile(rf"(?<!\w)(?:{_CANCELLED}|{_CLOSED}|{_NONE})\W{{0,3}}(?P<days>{_DAYS})", re.IGNORECASE)
_ONE_DAY = re.compile(
    rf"(?P<month>{_MONTH})\s*(?P<day>\d{{1,2}})|(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<then>{_MONTH})|(\d{{1,2}})/(\d{{1,2}})", re.I
)

_NOUN = (
    r"(?:event|program(?:me)?|class|meeting|session|workshop|talk|lecture|concert|performance|show|reading|screening|hike|walk|ride|tour"
    r"|course)"
)
_BEFORE = r"(?:(?:unfortunately|please note(?: that)?|note|update|notice)[\s,:!*-]{1,9}){0,3}(?:(?:due to|because of) [^,.!?\n]{1,60},\s?)?"
_FIRST_SENTENCE = re.compile(
    rf"{_BEFORE}(?:this|today'?s|tonight'?s) (?:[\w'’-]+ ){{0,2}}?{_NOUN} (?:has been|is|was) (?:now )?"
    r"(?:cancell?ed|postponed|called off)(?=\s*(?:$|[.!*,;\n]|due\b|because\b|at this time\b|until\b|and\b|but\b|so\b))"
    rf"|(?:cancell?ed|postponed)[^\w\n]*(?:\n|$)|(?:\w+:\s?)?(?:{_NONE}){_ENDS}[^\d\n]*(?:\n|$)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    rf"(?:^|\W{{1,9}})(?<!\w)(?:{_CANCELLED}|{_POSTPONED}|{_RESCHEDULED}|{_CLOSED})(?!\w)(?:\s+due to (?:the )?\w+)?(?:\W{{1,9}}|$)",
    re.IGNORECASE,
)
_SPACED = re.compile(r"\b(?:\w ){4,}\w\b")


def called_off(title: str, *, on: date | None, moved: bool = False) -> bool:
    """Whether a title says that the event does not take place.

    on: the day of the event; None for a series, whose title may call off single days (see `days_off`).
    moved: its calendar gives this date a new hour already, so "rescheduled" tells of the new one.
    """
    text = _plain(title)
    if not _STEMS.search(text):
        return False
    text = _NOT_OFF.sub(" | ", text)
    text = _DATED.sub(lambda match: match[0] if on and (on.month, on.day) in _days(match["days"]) else " | ", text)
    if _ANYWHERE.search(text):
        return True
    if on and any((on.month, on.day) in _days(match["days"]) for match in _TO_A_DAY.finditer(text)):
        return False
    text = _NEW_DATE.sub(" | ", text)
    if _BUILDING_NOTICE.search(text):
        return True
    if _RECOVERY.search(text):
        text = re.sub(r"\bclosed\b", " | ", text, flags=re.IGNORECASE)
    notice = _EDGE.search(text) or _shouted(text)
    return bool(notice or (not moved and _OTHER_DATE.search(text)))


def days_off(title: str) -> frozenset[tuple[int, int]]:
    """(month, day) of the days on which the title of a series says that it does not take place: "Yoga (no class 3/17)"."""
    text = _plain(title)
    if not _STEMS.search(text):
        return frozenset()
    return frozenset(day for match in _DATED.finditer(_NOT_OFF.sub(" | ", text)) for day in _days(match["days"]))


def says_none_of(title: str, series: str) -> bool:
    """Whether one date's title says that there is none of its series this time: "No lap swim" of "Morning lap swim"."""
    match = re.match(r"\W*(?:no|sin|pas de)\s+(.+)", _plain(title), re.IGNORECASE)
    if not match or _plain(series).casefold() == _plain(title).casefold():
        return False
    return bool(_long_words(match[1]) & _long_words(series))


def without_notice(title: str) -> str:
    """The title as it was before somebody wrote the notice into it, as nearly as can be; the title itself where nothing is left."""
    bare = _NOTICE.sub(" ", title).strip()
    return bare or title


def status_off(status: str) -> bool:
    """Whether the words of a status column or property say it: "CANCELED - snow", "EventPostponed", "closed"."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", status)
    if re.search(r"\bEvent Rescheduled$", text):  # schema.org: the row tells the new date
        return False
    text = _NOT_OFF.sub(" | ", _plain(text))
    return bool(_ANYWHERE.search(text) or _SHOUTED.search(text) or re.fullmatch(r"\W*off\W*", text, re.IGNORECASE))


def description_off(description: str) -> bool:
    """Whether a description begins with the sentence that the event is off; later sentences speak of other days and other events."""
    return bool(_FIRST_SENTENCE.match(re.sub(r"^\W+", "", _plain(description[:400]))))


def _plain(text: str) -> str:
    """Decorated letters and spaced-out words made ordinary."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("_", " ")
    return _SPACED.sub(lambda match: match[0].replace(" ", ""), text)


def _shouted(text: str) -> bool:
    """CLOSED in capitals amid other letters is a notice put before or behind a title."""
    return any(
        match[0].isupper() and any(letter.islower() for letter in text[: match.start()] + text[match.end() :])
        for match in _SHOUTED.finditer(text)
    )


def _days(text: str) -> set[tuple[int, int]]:
    """Months come first in 3/17, as in North America."""
    days = set()
    for month, day, first, then, left, right in (match.groups() for match in _ONE_DAY.finditer(text)):
        name = (month or then or "")[:3].lower()
        days.add((_MONTHS.index(name) + 1, int(day or first)) if name else (int(left), int(right)))
    return days


def _long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2}
