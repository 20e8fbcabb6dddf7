"""Settings, from the environment alone; every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from service.errors import Broken

PREFIX = "DOORSTEP_"
SECRET_BYTES_MIN = 32
# Names that only tests and tools read. They are no settings, and no mistake either.
FOR_TESTS = frozenset({"CHROMIUM", "CROWD", "DEMOS", "EXAMPLES", "HOSTILE", "PICTURES", "RUNS", "SEED", "SHARED", "TEST_RUN", "WORLDS"})


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`deploy/env.example` explains each one; a test compares the two. base_url never ends with a slash: links append a path to it."""

    database_url: str = ""
    admin_url: str = ""
    redis_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: str = ""
    mail_url: str = "file:var/mail"
    mail_from: str = "Doorstep <hello@doorstep.example.org>"
    sender_arm: str = ""
    data_dir: str = "var"
    log_format: Literal["plain", "json"] = "plain"
    trusted_proxies: str = ""
    places_file: str = ""
    pg_bin: str = ""
    valkey_bin: str = ""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "base_url", self.base_url.rstrip("/"))

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Secrets, the one that signs first."""
        return tuple(key.strip().encode() for key in self.secret_keys.split(",") if key.strip())

    @property
    def mailbox(self) -> Path | None:
        """Folder of the local mailbox, where letters are files and leave nobody's machine."""
        return Path(self.mail_url.removeprefix("file:")) if self.mail_url.startswith("file:") else None

    @property
    def proxies(self) -> list[str]:
        """Addresses and networks whose X-Forwarded-For is believed; none: nobody's, not even loopback's."""
        return [proxy.strip() for proxy in self.trusted_proxies.split(",") if proxy.strip()]

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def read(environ: Mapping[str, str]) -> ServiceSettings:
    """Raises Broken with every wrong setting, and with every name that begins like a setting and is none."""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    values = {field: given[_name(field)] for field in ServiceSettings.__struct_fields__ if given.get(_name(field))}
    faults = _unknown_names(given) | {_name(field): fault for field, fault in _faults(values).items()}
    if faults:
        raise Broken("settings", fields=faults)
    return msgspec.convert(values, ServiceSettings)


def _name(field: str) -> str:
    return PREFIX + field.upper()


def _unknown_names(given: Mapping[str, str]) -> dict[str, str]:
    """A misspelled setting is refused: without this its default would be used, and nobody would know."""
    names = [_name(field) for field in ServiceSettings.__struct_fields__]
    unknown = given.keys() - set(names) - {PREFIX + name for name in FOR_TESTS}
    return {name: _suggestion(name, names) for name in sorted(unknown)}


def _suggestion(name: str, names: list[str]) -> str:
    nearest = get_close_matches(name.upper(), names, n=1)
    return f"is not a setting; did you mean {nearest[0]}?" if nearest else "is not a setting; deploy/env.example lists all of them"


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    checks = {
        "database_url": lambda v: _address(v, "postgresql", "postgres"),
        "admin_url": lambda v: _address(v, "postgresql", "postgres"),
        "redis_url": lambda v: _address(v, "redis", "rediss", "unix"),
        "base_url": lambda v: _address(v, "http", "https"),
        "mail_url": lambda v: _address(v, "smtp", "smtps", "file"),
        "mail_from": _no_sender,
        "secret_keys": _short_secret,
        "log_format": lambda v: None if v in {"plain", "json"} else "must be plain or json",
        "trusted_proxies": _no_networks,
        "places_file": _unreadable,
        "pg_bin": lambda v: None if (Path(v) / "postgres").is_file() else "is not a folder with the program postgres",
        "valkey_bin": _unreadable,
    }
    checked = {field: check(values[field]) for field, check in checks.items() if field in values}
    return {field: fault for field, fault in checked.items() if fault}


def _address(value: str, *schemes: str) -> str | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        return f"is not an address: {error}"
    return None if parts.scheme in schemes else f"must begin with {' or '.join(f'{scheme}:' for scheme in schemes)}"


def _no_sender(value: str) -> str | None:
    mailbox, _, domain = parseaddr(value)[1].rpartition("@")
    return None if mailbox and domain and (mailbox + domain).isascii() else "must hold an address, like Doorstep <hello@town.example>"


def _short_secret(value: str) -> str | None:
    short = [key for key in value.split(",") if len(key.strip()) < SECRET_BYTES_MIN]
    return f"each key needs {SECRET_BYTES_MIN} characters or more" if short else None


def _no_networks(value: str) -> str | None:
    try:
        for proxy in filter(None, map(str.strip, value.split(","))):
            ip_network(proxy)
    except ValueError:
        return "must be addresses or networks like 10.0.0.7 or 10.0.0.0/8, comma between them"
    return None


def _unreadable(value: str) -> str | None:
    return None if Path(value).is_file() else "is not a file that can be read"
