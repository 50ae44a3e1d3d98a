"""Names that people take for one another. Pure.

Two names are confusable if one slip of a hand makes the one of the other (a letter more, less, another, or two that
change places: the distance of Damerau), or if they look alike once every look-alike is written the same. One digit in
the place of another is neither: `openjourney-v2` and `openjourney-v4` are two models.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

_LOOKALIKES = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""))
"""What is written in the place of what; names have only small letters, digits and hyphens."""


class Names:
    """Names that are taken, in a form in which a new one finds its look-alikes without a look at each."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_form: dict[str, set[str]] = defaultdict(set)
        for name in names:
            for form in _forms(name):
                self._by_form[form].add(name)

    def confusable_with(self, name: str) -> tuple[str, ...]:
        """Those that `name` can be taken for, sorted; never `name` itself."""
        near = {other for form in _forms(name) for other in self._by_form.get(form, ())}
        return tuple(sorted(other for other in near if confusable(name, other)))


def confusable(one: str, other: str) -> bool:
    """Whether two names can be taken for one another; symmetric, and false for equal ones."""
    return one != other and (skeleton(one) == skeleton(other) or _one_slip(one, other))


def skeleton(name: str) -> str:
    """`name` with everything that has look-alikes written in one way: `0pen-journey` and `openjourney` are the same."""
    for written, plain in _LOOKALIKES:
        name = name.replace(written, plain)
    return name


def _forms(name: str) -> Iterator[str]:
    # Names one slip apart have a form in common: the one without the letter that the other lacks.
    # Wolf Garbe's symmetric deletes: https://github.com/wolfgarbe/SymSpell (MIT)
    yield f"={skeleton(name)}"
    yield name
    yield from (name[:at] + name[at + 1 :] for at in range(len(name)))


def _one_slip(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    begin = next((at for at, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(long) - len(short) == 1:
        return short[begin:] == long[begin + 1 :]
    if len(long) != len(short):
        return False
    if short[begin + 1 :] == long[begin + 1 :]:
        return not (short[begin].isdigit() and long[begin].isdigit())
    swapped = short[begin : begin + 2] == long[begin : begin + 2][::-1]
    return swapped and short[begin + 2 :] == long[begin + 2 :]
