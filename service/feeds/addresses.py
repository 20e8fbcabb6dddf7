"""Which addresses of the internet a feed may live at: public ones only, judged by our own list.

`ipaddress.is_global` lets some cloud-metadata and transition addresses through, and changes with the version of Python.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_CLOSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(map(IPv6Network, ("2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20")))


def is_public(address: Address) -> bool:
    """An IPv4 address inside an IPv6 one is judged as what it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        return address in _OPEN_V6 and not any(address in net for net in _CLOSED_V6)
    return not any(address in net for net in _CLOSED_V4)


def read_address(text: str) -> Address:
    """Raises ValueError for anything but an address; a scope (fe80::1%eth0) is part of it and never public."""
    return ip_address(text)
