"""What the running app holds: made once when it starts, and given to every page and door with its types."""

from __future__ import annotations

from dataclasses import dataclass

from service.clock import Clock
from service.crypto import Vault
from service.db import Database
from service.jobs import Bell
from service.places.places import Places
from service.settings import ServiceSettings
from service.tokens import Tokens
from service.web.allowance import RateLimit
from service.web.connection import AnyConnection
from service.web.form_token import FormTokens


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """db: as doorstep_app, which sees one organization's or one resident's rows."""

    settings: ServiceSettings
    clock: Clock
    db: Database
    vault: Vault
    tokens: Tokens
    form_tokens: FormTokens
    places: Places
    bell: Bell
    preview_limit: RateLimit
    test_letters: RateLimit


def app_context(connection: AnyConnection) -> AppContext:
    context: AppContext = connection.app.state.context
    return context
