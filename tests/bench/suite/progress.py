"""How far the suite is: one line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TextIO

_LINE_EVERY_S = 60.0


def duration(seconds: float) -> str:
    """`48 s`, `3 min 10 s`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


@dataclass
class Progress:
    """Tells of benchmarks one after the other. Mutable: it knows which runs, and when it last said so."""

    stream: TextIO
    expected_s: dict[str, float]
    """Benchmark to the seconds that it takes, about; in the order in which they run."""
    _next_line_s: float = field(default=0.0, init=False)

    def begin(self, name: str) -> None:
        """A benchmark begins."""
        self._next_line_s = _LINE_EVERY_S
        number = list(self.expected_s).index(name) + 1
        said = f"{name} ({number} of {len(self.expected_s)}), about {duration(self.expected_s[name])}"
        rest = self._after(name)
        self.say(f"{said}; after it about {duration(rest)}" if rest else said)

    def tick(self, name: str, seconds: float, last_line: str) -> None:
        """It still runs."""
        said = f"{name}: {duration(seconds)} of about {duration(self.expected_s[name])}; {last_line}"
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[2K{said[:width]}")
            self.stream.flush()
        elif seconds >= self._next_line_s:
            self._next_line_s += _LINE_EVERY_S
            self.say(said)

    def say(self, text: str) -> None:
        """A line that stays."""
        clear = "\r\x1b[2K" if self.stream.isatty() else ""
        print(f"{clear}{text}", file=self.stream, flush=True)

    def _after(self, name: str) -> float:
        names = list(self.expected_s)
        return sum(self.expected_s[each] for each in names[names.index(name) + 1 :])
