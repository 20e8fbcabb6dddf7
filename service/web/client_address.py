"""Where a request comes from: the block of addresses it belongs to, and whether its sender sits at this very machine."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from service.settings import ServiceSettings
from service.web.connection import AnyConnection

IPV4_BLOCK_BITS = 24
IPV6_BLOCK_BITS = 56  # what a provider gives to one household or one office
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"})


def client_address(connection: AnyConnection) -> str:
    """The sender's address as text, "" where there is none. A proxy's word is believed from DOORSTEP_TRUSTED_PROXIES alone."""
    return connection.client.host if connection.client else ""


def address_block(host: str, *, ipv4_bits: int = IPV4_BLOCK_BITS, ipv6_bits: int = IPV6_BLOCK_BITS) -> str:
    """The network around an address, "" for what is no address. An IPv4 address written as IPv6 is taken as IPv4."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = ipv6_bits if isinstance(address, IPv6Address) else ipv4_bits
    return str(ip_network((address, bits), strict=False))


def at_this_machine(connection: AnyConnection, settings: ServiceSettings) -> bool:
    """Whether a browser on this machine sent this to a Doorstep that nobody else is meant to reach.

    A proxy on this machine looks like loopback too, and so does a page of another site whose name was made to lead here
    (DNS rebinding). So everything has to agree: both ends of the connection, the Host header, the settings (a base URL on
    loopback, no trusted proxies), no header that a proxy adds, and not HTTP/1.0, which old proxies speak and browsers do not.
    """
    if settings.proxies or not is_loopback_name(urlsplit(settings.base_url).hostname or ""):
        return False
    if connection.scope.get("http_version") == "1.0" or any(_adds_proxy(name) for name in connection.headers):
        return False
    server = connection.scope.get("server")
    ends = (client_address(connection), server[0] if server else "")
    return all(map(_is_loopback_address, ends)) and is_loopback_name(_host_name(connection.headers.get("host", "")))


def is_loopback_name(host: str) -> bool:
    """localhost, a name below it, or a loopback address; the brackets of IPv6 are gone."""
    name = host.lower()
    return name == "localhost" or name.endswith(".localhost") or _is_loopback_address(name)


def _adds_proxy(header: str) -> bool:
    name = header.lower()
    return name in _FORWARDED or name.startswith("x-forwarded")


def _is_loopback_address(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _host_name(header: str) -> str:
    """The name in a Host header, without its port; "" for a header that cannot be read."""
    try:
        parts = urlsplit(f"//{header}")
        return (parts.hostname or "") if parts.netloc == header and not parts.username else ""
    except ValueError:
        return ""
