"""Every name that begins like a setting is one, or stands in the one list of names for tests and tools."""

import re
from pathlib import Path

from service import settings
from tests.house.test_rooms import REPOSITORY, tracked

NAMED = re.compile(r"\bDOORSTEP_([A-Z][A-Z_]*[A-Z])\b")
# What tests write to see it refused.
REFUSED = Path("tests/service/test_settings.py"), Path("tests/service/test_doctor.py")
SOURCES = {".py", ".sh", ".md", ".toml", ".example", ""}


def test_every_name_is_a_setting_or_one_of_the_tests_and_none_of_those_is_idle() -> None:
    files = [Path(name) for name in tracked() if Path(name).suffix in SOURCES and Path(name) not in REFUSED]
    named = {word: file for file in files for word in NAMED.findall((REPOSITORY / file).read_text(encoding="utf-8", errors="ignore"))}
    fields = {field.upper() for field in settings.ServiceSettings.__struct_fields__}
    assert {word: file for word, file in named.items() if word not in fields | settings.FOR_TESTS} == {}
    elsewhere = {
        word for file in files if file.name != "settings.py" for word in NAMED.findall((REPOSITORY / file).read_text(errors="ignore"))
    }
    assert elsewhere >= settings.FOR_TESTS
