"""Ways out for a letter. Each says plainly what became of it: taken, not taken, or not known."""

from __future__ import annotations

import asyncio
import os
import re
from email.utils import parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from service.mail.model import Accepted, Ambiguous, LookupResult, Outcome, Perm, Temp
from service.settings import ServiceSettings

COMMAND_S = 20.0
SEND_S = 45.0  # one letter in all; under half a lease, so a lease never ends while its letter is on the wire
_LOST = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPConnectError, OSError, TimeoutError)


class Transport(Protocol):
    async def ready(self) -> bool:
        """Whether a letter could go out now; asked before letters are taken from the ledger."""
        ...

    async def send(self, message_id: str, raw: bytes, *, to: str) -> Outcome: ...

    async def lookup(self, message_id: str) -> LookupResult: ...

    async def close(self) -> None: ...


class Maildir:
    """A folder of letters. Written beside and renamed, so a letter is there wholly or not at all, and once however often it is sent.

    Letters hold links that sign people in: folders are 0700 and files 0600, whatever the umask, also those that were there before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._closed_old_letters = False

    async def ready(self) -> bool:
        await asyncio.to_thread(self._make)
        return True

    async def send(self, message_id: str, raw: bytes, *, to: str) -> Outcome:
        try:
            await asyncio.to_thread(self._write, message_id, raw)
        except OSError as error:
            return Temp(f"{type(error).__name__}: {error.strerror}")
        return Accepted()

    async def lookup(self, message_id: str) -> LookupResult:
        return LookupResult.YES if await asyncio.to_thread(self._place(message_id).exists) else LookupResult.NO

    async def close(self) -> None:
        return None

    def _make(self) -> None:
        for path in (self.folder, *(self.folder / name for name in ("tmp", "new", "cur"))):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
        if not self._closed_old_letters:
            for letter in self.folder.glob("*/*"):
                letter.chmod(0o600)
            self._closed_old_letters = True

    def _place(self, message_id: str) -> Path:
        if not re.fullmatch(r"[a-z0-9-]{1,80}", message_id):
            raise ValueError(message_id)
        return self.folder / "new" / f"{message_id}.eml"

    def _write(self, message_id: str, raw: bytes) -> None:
        place = self._place(message_id)
        if place.exists():
            return
        self._make()
        beside = self.folder / "tmp" / f"{message_id}.{os.getpid()}"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(place)


class Smtp:
    """One connection to a mail server, kept open from letter to letter."""

    def __init__(self, url: str, *, mail_from: str, send_s: float = SEND_S) -> None:
        """url: smtp://[user:password@]host[:port] (upgraded to TLS where offered) or smtps://."""
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        self._client = aiosmtplib.SMTP(
            hostname=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 587 if parts.username else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=tls,
            timeout=COMMAND_S,
        )
        self._envelope_from = parseaddr(mail_from)[1]
        self._send_s = send_s

    async def ready(self) -> bool:
        try:
            async with asyncio.timeout(self._send_s):
                if not self._client.is_connected:
                    await self._client.connect()
                await self._client.noop()
        except (aiosmtplib.SMTPException, *_LOST):
            self._client.close()
            return False
        return True

    async def fault(self) -> str | None:
        """Why no letter could leave, in a few words; None when the server takes our name, our password and our sender."""
        try:
            async with asyncio.timeout(self._send_s):
                await self._client.connect()
                await self._client.noop()
                await self._client.mail(self._envelope_from)
                await self._client.rset()
        except aiosmtplib.SMTPResponseException as error:
            return f"refuses us: {_reply_text(error.code, error.message)}"
        except TimeoutError:
            return f"does not answer within {self._send_s:.0f} seconds"
        except (aiosmtplib.SMTPException, OSError) as error:
            return f"does not answer as a mail server: {error or type(error).__name__}"
        finally:
            await self.close()
        return None

    async def send(self, message_id: str, raw: bytes, *, to: str) -> Outcome:
        body_begun = False
        try:
            async with asyncio.timeout(self._send_s):
                if refused := await self._envelope(to):
                    return refused
                body_begun = True
                await self._client.data(raw)
                return Accepted()
        except aiosmtplib.SMTPDataError as error:
            reply = _reply_text(error.code, error.message)
            return await self._give_back(Perm(reply) if 500 <= error.code < 600 else Temp(reply))
        except _LOST as error:
            self._client.close()
            reason = type(error).__name__
            return Ambiguous(f"no answer after the letter: {reason}") if body_begun else Temp(f"connection: {reason}")
        except aiosmtplib.SMTPException as error:
            self._client.close()
            return Ambiguous("reply not understood") if body_begun else Temp(f"{type(error).__name__}")

    async def _envelope(self, to: str) -> Outcome | None:
        """Everything before the letter itself; None when the server is ready for it."""
        if not self._client.is_connected:
            await self._client.connect()
        try:
            await self._client.mail(self._envelope_from)
        except aiosmtplib.SMTPResponseException as error:
            # About us, not about this letter: no resident loses a digest because a password was wrong.
            return await self._give_back(Temp(_reply_text(error.code, error.message)))
        try:
            await self._client.rcpt(to)
        except aiosmtplib.SMTPResponseException as error:
            reply = _reply_text(error.code, error.message)
            return await self._give_back(Perm(reply, address_bad=_blames_address(reply)) if error.code >= 500 else Temp(reply))
        return None

    async def _give_back(self, outcome: Outcome) -> Outcome:
        """Leave the connection clean for the next letter, or closed."""
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, *_LOST):
            self._client.close()
        return outcome

    async def lookup(self, message_id: str) -> LookupResult:
        return LookupResult.UNKNOWN

    async def close(self) -> None:
        try:
            async with asyncio.timeout(2):
                await self._client.quit()
        except (aiosmtplib.SMTPException, *_LOST):
            self._client.close()


def _blames_address(reply: str) -> bool:
    """RFC 3463: 5.1.x is a bad address and 5.2.1 a closed mailbox; other 5.x.x blame the letter, the sender or a policy."""
    enhanced = re.search(r"\b5\.(\d+)\.(\d+)\b", reply)
    return (enhanced[1] == "1" or enhanced.groups() == ("2", "1")) if enhanced else reply.startswith(("550", "551", "553"))


def _reply_text(code: int, message: str) -> str:
    """The reply without any address in it: the ledger keeps it in the clear."""
    return f"{code} {re.sub(r'[^ ]*@[^ ]*', '<address>', message)}"[:200]


def open_transport(settings: ServiceSettings) -> Transport:
    if settings.mailbox is not None:
        return Maildir(settings.mailbox)
    return Smtp(settings.mail_url, mail_from=settings.mail_from)
