"""What the page on letters says: the way letters take, and the DNS records that let other servers believe them. Pure."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from service.settings import ServiceSettings

# Names that nobody can own (RFC 2606, RFC 6761): a letter from there goes nowhere and its answer too.
NOBODYS = ("example", "example.org", "example.com", "example.net", "invalid", "test", "localhost", "local")
Way = Literal["folder", "smtp"]


class Record(NamedTuple):
    """name: fully qualified, without its last dot."""

    name: str
    kind: str
    value: str


class Outlook(NamedTuple):
    """way: how letters leave. host: of the mail server, or the folder. address, domain: of the sender."""

    way: Way
    host: str
    address: str
    domain: str

    @property
    def is_nobodys(self) -> bool:
        return any(self.domain == name or self.domain.endswith(f".{name}") for name in NOBODYS) or "." not in self.domain

    @property
    def spf(self) -> Record:
        """The mail server's own address; a provider names another mechanism, which the page says."""
        sends = f"a:{self.host}" if self.way == "smtp" else "mx"
        return Record(self.domain, "TXT", f"v=spf1 {sends} ~all")

    @property
    def dmarc(self) -> Record:
        return Record(f"_dmarc.{self.domain}", "TXT", "v=DMARC1; p=none")


def outlook(settings: ServiceSettings) -> Outlook:
    address = parseaddr(settings.mail_from)[1]
    domain = address.rpartition("@")[2].lower()
    if settings.mailbox is not None:
        return Outlook("folder", str(settings.mailbox), address, domain)
    return Outlook("smtp", urlsplit(settings.mail_url).hostname or "", address, domain)
