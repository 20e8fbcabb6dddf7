"""Words as people type them: cut into wishes, stripped of endings, compared with their typos."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAYS_NOTHING = """
    a about after all also am an and any are around as at be because been but by can could do does doing each for from get go going
    had has have he her his how i if im in into is it its ive just know let like likes liked lot lots love loves loved maybe me more my
    myself need no nor of on once one or other our out over own really she should some so such than that the their them then there these
    they this those through to too try up used very want wanted was we were what when where which while who will with would you your
    enjoy enjoys enjoyed interested interest prefer favorite new fun every day week class classes group groups club clubs drop program
    programs programa programas
    al algo algun alguna asi aunque cada como con cosas cual cuando de del desde donde e el ella ellos en es esa ese eso esta este esto
    estoy fue ha hay he la las le les lo los mas me mi mis mucho muy ni nos o para pero poco por porque pues que quien quiero quisiera se
    ser si sin sobre soy su sus tambien tanto te tengo tu u un una unas uno unos y ya yo gusta gustan gustaria encanta encantan interesa
    interesan clase clases grupo grupos club
"""
STOP = frozenset(_SAYS_NOTHING.split())
BREAK = re.compile(
    r"[.;:!?,/\n()\[\]|•·–—&+]+|\s-\s|\b(?:and|or|but|with|plus|then|so|because|y|o|pero|con|luego|porque|pues)\b|[،؛]|\s+و(?=\s)"
)
# A wish turned down is no wish: "I don't like cooking", "no me gusta bailar".
DENIED = re.compile(
    r"\b(?:dont|do not|never|hate|dislike|cannot|cant|not|no more|nothing|no me|no puedo|no quiero|odio|nunca|nada de|tampoco)\b"
)
WORD = re.compile(r"\w+")
LEAST_STEM, LEAST_SOUND = 5, 4  # letters
HEARD = 0.95  # a word that only sounds the same is a little less sure
AS_HEARD = tuple(
    (re.compile(pattern), heard)
    for pattern, heard in (
        ("ch", "x"),
        ("qu(?=[ei])", "k"),
        ("c(?=[eiy])", "s"),
        ("ph", "f"),
        ("c|q", "k"),
        ("z", "s"),
        ("v", "b"),
        ("ll", "y"),
        ("g(?=[ei])", "j"),
        ("h", ""),
        ("ee", "i"),
        (r"(.)\1", r"\1"),
    )
)
WINDOW = 9  # words read together: a phrase spread wider than this was not meant


def plain(text: str) -> str:
    """Lower case without accents or apostrophes, so that "Lotería" and "loteria" are one word."""
    bare = text.lower()
    if not bare.isascii():
        bare = "".join(mark for mark in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(mark))
    return re.sub(r"['’`´]", "", bare)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Cut the endings that carry no topic in English and Spanish: dancing, dances, dance -> danc; sentada -> sentad."""
    if word.isdigit() or len(word) < 4:
        return word
    word = word[:-3] + "y" if word.endswith("ies") else word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
        word = word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls" else word
    if (len(word) > 5 and word[-1] in "aoe") or (len(word) == 5 and word[-1] == "e"):
        word = word[:-1]
    return word


def spoken(text: str) -> list[str]:
    """The words that say something, in order, as they are spelled but for case and accents."""
    return [word for word in WORD.findall(plain(text)) if word not in STOP and not (word.isdigit() and len(word) > 2)]


def tokens(text: str) -> list[str]:
    """Stems of the words that say something, in order."""
    return [stem(word) for word in spoken(text)]


def pieces(text: str) -> list[list[str]]:
    """A text's words, cut where one wish ends and the next begins; wishes turned down are left out."""
    bags = []
    for part in BREAK.split(plain(text)):
        if DENIED.search(part):
            continue
        words = spoken(part)
        bags += [words[at : at + WINDOW] for at in range(0, max(len(words) - WINDOW // 2, 1), WINDOW // 2)]
    return [words for words in bags if words]


def typos(one: str, other: str) -> int:
    """Edits between two words, neighbors swapped counting as one (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        rows.append([i])
        for j, b in enumerate(other, 1):
            cost = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            rows[i].append(cost)
    return rows[-1][-1]


def likeness(one: str, other: str) -> float:
    """1 for the same word, less for one or two slips in a word long enough to stay itself, 0 for another word."""
    if one == other:
        return 1.0
    size = min(len(one), len(other))
    most = 1 if size < 8 else 2
    # What counting slips cannot change is asked first: most pairs that are compared are far from alike.
    if size < 4 or max(len(one), len(other)) - size > most or (size < 6 and one[0] != other[0]):
        return 0.0
    slips = typos(one, other)
    return 1.0 - slips / (size + 1.0) if slips <= most else 0.0


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """A word as it is heard: letters that Spanish and English speakers take for each other become one."""
    for pattern, heard in AS_HEARD:
        word = pattern.sub(heard, word)
    return word


def alike(one: str, other: str) -> float:
    """`likeness` of two words; or of what is left of them without their endings, or of how they sound, where that is nearer."""
    stems, sounds = (stem(one), stem(other)), (sound(one), sound(other))
    likenesses = [likeness(one, other), HEARD * likeness(*sounds) if min(map(len, sounds)) >= LEAST_SOUND else 0.0]
    if min(map(len, stems)) >= LEAST_STEM:
        likenesses.append(likeness(*stems))
    return max(likenesses)
