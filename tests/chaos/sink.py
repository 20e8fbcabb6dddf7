"""A mail server in a process of its own. What it has taken stands in a file before it answers: the truth the ledger is held against.

Run with: the file, the share of letters after which it hangs up instead of answering, a seed. Prints its port.
"""

import asyncio
import os
import random
import re
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LINE = 33  # 32 letters of the message id and a line end
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*<([0-9a-f]{32})")


class Sink:
    def __init__(self, truth: Path, faults: float, dice: random.Random) -> None:
        self.file = os.open(truth, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.faults = faults
        self.dice = dice

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        message_id = MESSAGE_ID.search(envelope.original_content or b"")
        if not message_id:
            return "554 5.6.0 no message id"
        os.write(self.file, message_id[1] + b"\n")
        if self.dice.random() < self.faults and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK"


async def main(truth: Path, faults: float, seed: int) -> None:
    sink, loop = Sink(truth, faults, random.Random(seed)), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, enable_SMTPUTF8=False), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
