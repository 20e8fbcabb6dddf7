"""Why something was refused. The class says what kind of refusal it is; the web floor turns it into words and a status."""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A sentence for a person, by code: `web` translates it, the command line prints it.

    fields: name of a wrong field -> code of what is wrong with it; typed: what the person wrote, to be shown again.
    """

    code = "refused"

    def __init__(
        self,
        code: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        typed: Mapping[str, object] | None = None,
        **params: object,
    ) -> None:
        self.code = code or self.code
        self.fields = dict(fields or {})
        self.typed: Mapping[str, object] = dict(typed or {})
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        details = ", ".join(f"{name}: {value}" for name, value in {**self.params, **self.fields}.items())
        return f"{self.code} ({details})" if details else self.code


class Missing(Refusal):
    """It is not there, or not for this person: the two must look the same."""

    code = "missing"


class Invalid(Refusal):
    """What was sent cannot be used as it is; `fields` names every fault."""

    code = "invalid"


class Conflict(Refusal):
    """It was right to ask, but the state of things says no."""

    code = "conflict"


class Full(Conflict):
    code = "full"


class Stale(Conflict):
    """Somebody else changed it since it was looked at."""

    code = "stale"


class NotArmed(Conflict):
    """These data were copied, restored or moved since letters last left from them; nothing is sent."""

    code = "sender_not_armed"


class Gone(Refusal):
    """It was there once: a link that has run out, a session that is over."""

    code = "gone"


class Forbidden(Refusal):
    code = "forbidden"


class Unauthenticated(Refusal):
    code = "unauthenticated"


class TooMany(Refusal):
    """Params: retry_after_s."""

    code = "too_many"


class Broken(Refusal):
    """The installation itself is not as it must be; for the operator."""

    code = "broken"
