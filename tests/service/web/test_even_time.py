"""No answer to a sign-up or a code comes early, whatever became of it, where strangers can ask."""

from __future__ import annotations

import asyncio

import pytest
from litestar.testing import RequestFactory

from service.errors import Invalid
from service.settings import ServiceSettings
from service.web.even_time import LEAST_S, evenly, is_private

REQUEST = RequestFactory(server="town.example.org").post("/f/riverton")
PUBLIC = ServiceSettings(base_url="https://town.example.org", mail_url="smtp://127.0.0.1:1")


async def passed(*, fails: bool) -> float:
    """Seconds that a block takes which has nothing to do."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with evenly(REQUEST, PUBLIC):
            if fails:
                raise Invalid
    except Invalid:
        assert fails
    return loop.time() - began


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_done_at_once_is_answered_no_sooner_than_the_rest(fails: bool) -> None:
    assert await passed(fails=fails) >= LEAST_S * 0.99


def test_only_a_machine_that_writes_to_nobody_answers_at_once() -> None:
    assert not is_private(REQUEST, PUBLIC)
    assert not is_private(REQUEST, ServiceSettings(base_url="http://127.0.0.1:8000", mail_url="smtp://127.0.0.1:1"))
    assert not is_private(REQUEST, ServiceSettings(base_url="https://town.example.org", mail_url="file:var/mail"))
