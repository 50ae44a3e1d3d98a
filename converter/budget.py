"""What of a conversion fits into the memory that it may take: what is refused, and how much is done at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from converter.errors import ConverterError
from converter.needs import Needs
from converter.release import readable_size

_CORES_OF_ONE = 2
"""Binding a component keeps about two cores busy: one reads and checks, one writes and digests."""


class MemoryBudgetError(ConverterError):
    """A conversion takes more memory than it may; raised before it begins."""


@dataclass(frozen=True)
class Budget:
    """What a conversion may use of a machine."""

    cores: int = 1
    memory_bytes: int | None = None
    """At most; `None` where nobody said how much."""

    def at_once(self, needs: Needs, components: int) -> int:
        """How many of the components are bound at the same time, at least one."""
        room = components
        if self.memory_bytes is not None:
            room = 1 + (self.memory_bytes - needs.streaming_bytes) // needs.stream_bytes
        return max(1, min(components, self.cores // _CORES_OF_ONE, room))

    def require(self, needs: Needs, name: str, *, parity: bool) -> None:
        """Check that a conversion fits.

        Args:
            needs: what it takes.
            name: of the entry, for the message.
            parity: whether its components are compared with PyTorch.

        Raises:
            MemoryBudgetError: it may take more.
        """
        if self.memory_bytes is None:
            return
        allowed = f"--memory allows {readable_size(self.memory_bytes)}"
        if needs.streaming_bytes > self.memory_bytes:
            raise MemoryBudgetError(
                f"{name}: converting takes up to {readable_size(needs.streaming_bytes)} of memory, {allowed}; "
                "allow more"
            )
        if parity and needs.memory_bytes > self.memory_bytes:
            raise MemoryBudgetError(
                f"{name}: comparing with PyTorch takes up to {readable_size(needs.memory_bytes)} of memory, {allowed}; "
                "allow more, or convert with --no-parity, which is not published"
            )
