"""A round of delivery, as the tests of letters have it."""

from tests.service.mail.conftest import maildir, send

__all__ = ["maildir", "send"]
