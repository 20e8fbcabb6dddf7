"""Settings: every fault at once, no name that is none, and an example that a shell and the program understand alike."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from service import settings
from service.errors import Broken
from service.settings import ServiceSettings

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "env.example"
NAMES = {f"DOORSTEP_{field.upper()}" for field in ServiceSettings.__struct_fields__}


def faults(**environ: str) -> dict[str, str]:
    with pytest.raises(Broken) as refused:
        settings.read(environ)
    return dict(refused.value.fields)


def sourced(script: str) -> dict[str, str]:
    """The environment after a shell that had none has read the script."""
    command = ["sh", "-e", "-c", 'set -a; . "$0"; set +a; env -0', script]
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_every_fault_is_named_at_once() -> None:
    wrong = faults(
        DOORSTEP_DATABASE_URL="mysql://here",
        DOORSTEP_REDIS_URL="redis://[::1",
        DOORSTEP_MAIL_URL="smtp://mail.riverton.town:99999",
        DOORSTEP_MAIL_FROM="the neighbors",
        DOORSTEP_SECRET_KEYS="short",
        DOORSTEP_LOG_FORMAT="xml",
        DOORSTEP_PLACES_FILE="/nowhere/at/all.csv",
        DOORSTEP_PG_BIN="/nowhere",
        DOORSTEP_VALKEY_BIN="/nowhere",
        DOORSTEP_BASE_ULR="https://riverton.town",
    )
    assert len(wrong) == 10
    assert "did you mean DOORSTEP_BASE_URL" in wrong["DOORSTEP_BASE_ULR"]
    assert "not an address" in wrong["DOORSTEP_MAIL_URL"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_misspelled_name_is_refused_and_the_right_one_suggested(name: str) -> None:
    slips = {
        name[:-1],
        f"{name}S",
        name[:12] + name[13:],
        name.replace("DOORSTEP_", "DOORSTEP__"),
        name.swapcase().replace("doorstep_", "DOORSTEP_"),
    }
    for slip in slips - NAMES:
        assert faults(**{slip: "x"}) == {slip: f"is not a setting; did you mean {name}?"}


@pytest.mark.parametrize("name", ["DOORSTEP_DKIM_SELECTOR", "DOORSTEP_DKIM_KEY_FILE", "DOORSTEP_OTEL_EXPORTER_OTLP_ENDPOINT"])
def test_a_name_that_does_nothing_is_refused(name: str) -> None:
    assert "is not a setting" in faults(**{name: ""})[name]


def test_names_of_the_tests_and_of_other_programs_are_let_by() -> None:
    assert settings.read({f"DOORSTEP_{name}": "1" for name in settings.FOR_TESTS} | {"PATH": "/bin", "DOORBELL": "1"}) == ServiceSettings()


def test_an_empty_setting_is_its_default() -> None:
    assert settings.read(dict.fromkeys(NAMES, "")) == ServiceSettings()


def test_a_shell_can_source_the_example_and_the_program_reads_what_it_says() -> None:
    read = settings.read(sourced(str(EXAMPLE)))
    assert read.mail_from == "Doorstep <hello@doorstep.example.org>"
    assert (read.base_url, read.mail_url) == ("https://doorstep.example.org", "smtp://127.0.0.1:25")


def test_what_the_example_shows_as_defaults_are_the_defaults_and_it_lists_every_setting(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text().splitlines()
    open_lines = {line.split("=")[0] for line in lines if line.startswith("DOORSTEP_")}
    (tmp_path / "defaults").write_text("\n".join(line.removeprefix("#") for line in lines if line.startswith("#DOORSTEP_")))
    defaults = {name: value for name, value in sourced(str(tmp_path / "defaults")).items() if name.startswith("DOORSTEP_")}
    assert settings.read(defaults) == ServiceSettings()
    assert all(str(getattr(ServiceSettings(), name.removeprefix("DOORSTEP_").lower())) == value for name, value in defaults.items())
    assert open_lines | defaults.keys() == NAMES
    assert not open_lines & defaults.keys()


@pytest.mark.parametrize("value", ["proxy.example.org", "10.0.0.0/33", "10.0.0.1/8", "*", "10.0.0.1;10.0.0.2"])
def test_a_proxy_is_named_by_an_address_or_a_network(value: str) -> None:
    assert list(faults(DOORSTEP_TRUSTED_PROXIES=value)) == ["DOORSTEP_TRUSTED_PROXIES"]


def test_no_proxy_is_trusted_unless_it_is_named() -> None:
    assert ServiceSettings().proxies == []
    read = settings.read({"DOORSTEP_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16 ,fd00::/8"})
    assert read.proxies == ["10.0.0.7", "10.1.0.0/16", "fd00::/8"]


@pytest.mark.parametrize("given", ["https://town.example.org", "https://town.example.org/", "https://town.example.org//"])
def test_a_path_is_appended_to_the_address_as_it_is(given: str) -> None:
    read = settings.read({"DOORSTEP_BASE_URL": given})
    assert read.base_url == msgspec.structs.replace(read, data_dir="elsewhere").base_url == "https://town.example.org"
