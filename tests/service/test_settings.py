"""Whose word on where a visitor comes from is believed."""

from __future__ import annotations

import pytest

from service.errors import Broken
from service.settings import Settings, read


@pytest.mark.parametrize("value", ["proxy.example.org", "10.0.0.0/33", "10.0.0.1/8", "*", "10.0.0.1;10.0.0.2"])
def test_a_proxy_is_named_by_an_address_or_a_network(value: str) -> None:
    with pytest.raises(Broken) as refusal:
        read({"DOORSTEP_TRUSTED_PROXIES": value})
    assert list(refusal.value.fields) == ["DOORSTEP_TRUSTED_PROXIES"]


def test_no_proxy_is_trusted_unless_it_is_named() -> None:
    assert Settings().proxies == []
    assert read({"DOORSTEP_TRUSTED_PROXIES": "10.0.0.7, 10.1.0.0/16 ,fd00::/8"}).proxies == ["10.0.0.7", "10.1.0.0/16", "fd00::/8"]
