"""Gzip opened within limits: a kilobyte of strangers must not become a gigabyte of ours."""

import zlib

_STEP = 64 * 1024


class Bomb(ValueError):
    """More came out than was promised to be kept, or too much from too little."""


class Inflater:
    """Takes gzip in pieces. `most`: bytes in all; `ratio`: bytes out for each byte in, once a megabyte came out."""

    def __init__(self, *, most: int, ratio: int = 100) -> None:
        self.most = most
        self.ratio = ratio
        self.taken = 0
        self.given = 0
        self._stream = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> bytes:
        """Raises Bomb, or zlib.error for what is no gzip."""
        self.taken += len(data)
        pieces = []
        while data:
            if self._stream.eof:  # a further member, or padding with zeros
                data = data.lstrip(b"\0")
                self._stream = zlib.decompressobj(wbits=31) if data else self._stream
                continue
            piece = self._stream.decompress(data, _STEP)
            self.given += len(piece)
            if self.given > self.most or (self.given > 2**20 and self.given > self.ratio * self.taken):
                raise Bomb
            pieces.append(piece)
            data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        return b"".join(pieces)

    @property
    def whole(self) -> bool:
        """False while the end of the gzip has not come."""
        return self._stream.eof


def inflated(data: bytes, *, most: int, ratio: int = 100) -> bytes:
    """Raises Bomb, or zlib.error for what is no gzip or ends early."""
    inflater = Inflater(most=most, ratio=ratio)
    output = inflater.feed(data)
    if not inflater.whole:
        raise zlib.error("the end is missing")
    return output
