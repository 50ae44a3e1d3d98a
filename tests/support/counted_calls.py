"""How often Python functions are called while something is made."""

import sys
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType


def calls_while(make: Callable[[], object]) -> Counter[CodeType]:
    """The code of each function that `make` calls, in this thread, to how often; functions in C are not counted."""
    calls: Counter[CodeType] = Counter()

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            calls[frame.f_code] += 1

    sys.setprofile(count)
    try:
        make()
    finally:
        sys.setprofile(None)
    return calls
