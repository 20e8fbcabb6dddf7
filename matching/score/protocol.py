"""What the matcher asks of a score: additive terms, a block at a time or pair by pair."""

from __future__ import annotations

from typing import Protocol

from matching.world.arrays import F32, I32, I64, World


class Block(Protocol):
    """Some people and some sessions, ready for the logits of any of their cells."""

    def cells(self, who: I64, at: slice, row: I32, column: I32, km: F32) -> F32:
        """[k] logits, float32. row [k] in `who`, which are rows of the block; column [k] in its columns `at`; cells rise; km [k]."""
        ...


class PairScorer(Protocol):
    """Logits are float32; `probability` is monotone, so ranks may be taken before it."""

    @property
    def version(self) -> str: ...

    def prepare(self, world: World) -> None:
        """Compute what depends on the World alone."""
        ...

    def for_strangers(self, world: World) -> PairScorer:
        """The same score before people of whom no past is known, at the sessions that are prepared."""
        ...

    def opened(self, world: World, residents: I32, sessions: I32) -> Block: ...
    def pair_logits(self, world: World, resident: I32, session: I32, km: F32) -> F32: ...
    def probability(self, logits: F32) -> F32: ...
    def terms(self, world: World, resident: I32, session: I32, km: F32) -> tuple[tuple[str, ...], F32]: ...
