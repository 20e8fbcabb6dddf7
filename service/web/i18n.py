"""Languages: which one a person reads, and the sentence in it.

Messages are keyed by their English sentence. Catalogs are `.po` files under `locale/<language>/LC_MESSAGES/`, one per
domain, merged when first asked for, so there is no build step. No web framework in here: letters use it too.
"""

import io
import re
from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).parent / "locale"
DEFAULT = "en"
NAMES = {"en": "English", "es": "Español", "ar": "العربية"}
RIGHT_TO_LEFT = frozenset({"ar"})
LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


class Translator:
    """The sentences of one language.

    Calling it gives the sentence with `{names}` filled in; a sentence without a translation stays English.
    """

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self.direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        self._translations = translations

    def __call__(self, sentence: str, /, **values: object) -> str:
        text = self._translations.gettext(sentence) if sentence else ""  # under "" a catalog has its own headings
        return text.format(**self._isolated(values)) if values else text

    def count(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """The form of the sentence that this language uses for `count`, which fills `{count}`."""
        return self.form_for(singular, plural, count).format(count=count, **self._isolated(values))

    def isolated(self, text: str) -> str:
        """Text of another script, so that a line from right to left keeps its order: else "12 Mill Street" would read "Mill Street 12"."""
        return f"{ISOLATE}{text}{END_OF_ISOLATE}" if self.direction == "rtl" and LATIN.search(text) and ISOLATE not in text else text

    def _isolated(self, values: dict[str, object]) -> dict[str, object]:
        return {name: self.isolated(value) if type(value) is str else value for name, value in values.items()}

    def form_for(self, singular: str, plural: str, count: int) -> str:
        return self._translations.ngettext(singular, plural, count)


def mark(sentence: str) -> str:
    """Marks a sentence kept in a constant, so that the catalogs are checked for it; translated where it is shown."""
    return sentence


def merged_catalog(language: str) -> Catalog:
    """Every message of a language, from all its files. Raises ValueError when two files translate one sentence differently."""
    merged = Catalog(locale=language)
    for path in sorted((LOCALE_DIR / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id or not message.string:
                    continue
                earlier = merged.get(message.id)
                if earlier is not None and earlier.string != message.string:
                    raise ValueError(f"{path.name}: two translations of {message.id!r} in {language}")
                merged[message.id] = message
    return merged


@cache
def say_in(language: str) -> Translator:
    """The sentences of a language; English for one we do not have."""
    if language not in NAMES or language == DEFAULT:
        return Translator(DEFAULT, NullTranslations())
    compiled = io.BytesIO()
    write_mo(compiled, merged_catalog(language))
    compiled.seek(0)
    return Translator(language, GNUTranslations(compiled))


def negotiate(*, asked: str | None = None, preferred: str | None = None, accept: str = "", offered: Iterable[str] = NAMES) -> str:
    """The language to show: the one asked for in the address, else the person's or form's own, else the browser's, else English,
    else the first that is offered."""
    choices = [choice for choice in (asked, preferred) if choice]
    languages = list(offered)
    language = negotiate_locale([*choices, *_accepted(accept)], languages, sep="-")
    return language.split("-")[0] if language else DEFAULT if DEFAULT in languages else languages[0]


def _accepted(header: str) -> list[str]:
    """Language tags of an Accept-Language header, most wanted first; what cannot be read is left out."""
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:200].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if quality > 0 and tag and tag.replace("-", "").isalnum() and tag.isascii():
            weighed.append((-quality, place, tag))
    return [tag for _, _, tag in sorted(weighed)]
