"""A real SMTP server in this process, whose answers a test writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

Gate = Callable[[], Awaitable[None]]


@dataclass
class Peer:
    """`rcpt` and `data`: address -> reply line; in `data`, "drop" takes the letter and hangs up, "silence" takes it and says nothing,
    and "nonsense" takes it and answers with what is no reply; in `rcpt`, "drop" hangs up."""

    port: int = 0
    rcpt: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    mail: str = ""
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    before_data: Gate | None = None
    connections: int = 0

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.mail:
            return self.mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if reply := self.rcpt.get(address):
            if reply == "drop":
                assert isinstance(server.transport, asyncio.WriteTransport)
                server.transport.abort()
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.before_data:
            await self.before_data()
        address = envelope.rcpt_tos[0]
        reply = self.data.get(address, "250 OK")
        if not reply.startswith(("4", "5")):
            self.taken.append((address, envelope.original_content or b""))
        if reply == "drop":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif reply == "silence":
            await asyncio.sleep(30)
        elif reply == "nonsense":
            return "?? not a reply"
        return reply if reply[0].isdigit() else "250 OK"


@asynccontextmanager
async def smtp_peer() -> AsyncIterator[Peer]:
    peer = Peer()
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        peer.connections += 1
        return SMTP(peer, loop=loop, enable_SMTPUTF8=False)

    server = await loop.create_server(connected, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
