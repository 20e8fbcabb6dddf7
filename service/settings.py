"""Settings, from the environment alone; every fault is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from service.errors import Broken

PREFIX = "DOORSTEP_"
SECRET_BYTES_MIN = 32


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`deploy/env.example` explains each one; a test compares the two."""

    database_url: str = ""
    admin_url: str = ""
    redis_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret_keys: str = ""
    mail_url: str = "file:var/mail"
    mail_from: str = "Doorstep <hello@doorstep.example.org>"
    sender_arm: str = ""
    dkim_selector: str = ""
    dkim_key_file: str = ""
    data_dir: str = "var"
    log_format: Literal["plain", "json"] = "plain"
    trusted_proxies: str = ""
    places_file: str = ""
    pg_bin: str = ""
    otel_exporter_otlp_endpoint: str = ""

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


def read(environ: Mapping[str, str]) -> Settings:
    """Raises Broken with the name of every wrong setting."""
    known = set(Settings.__struct_fields__)
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    values = {name: value for name, value in given.items() if name in known and value}
    faults = _faults(values)
    if faults:
        raise Broken("settings", fields={PREFIX + name.upper(): fault for name, fault in faults.items()})
    return msgspec.convert(values, Settings)


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    checks = {
        "database_url": lambda v: _scheme(v, "postgresql", "postgres"),
        "admin_url": lambda v: _scheme(v, "postgresql", "postgres"),
        "redis_url": lambda v: _scheme(v, "redis", "rediss", "unix"),
        "base_url": lambda v: _scheme(v, "http", "https"),
        "mail_url": lambda v: _scheme(v, "smtp", "smtps", "file"),
        "secret_keys": _short_secret,
        "log_format": lambda v: None if v in {"plain", "json"} else "must be plain or json",
        "trusted_proxies": _no_networks,
        "places_file": _unreadable,
        "dkim_key_file": _unreadable,
    }
    found = {name: check(values[name]) for name, check in checks.items() if name in values}
    faults = {name: fault for name, fault in found.items() if fault}
    if bool(values.get("dkim_selector")) != bool(values.get("dkim_key_file")):
        faults.setdefault("dkim_selector", "goes with DOORSTEP_DKIM_KEY_FILE: give both or neither")
    return faults


def _scheme(value: str, *schemes: str) -> str | None:
    return None if urlsplit(value).scheme in schemes else f"must begin with {' or '.join(f'{s}:' for s in schemes)}"


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
