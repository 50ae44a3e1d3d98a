"""Whatever a frozen dataclass is made of: made either way, it is the same."""

import copy
import dataclasses
import pickle
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as some

from converter.frozen import frozen


@dataclass(frozen=True)
class Above:
    word: ClassVar[str] = "above"

    name: str
    size: int = 1
    note: str | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Below(Above):
    size: int = 2
    pair: tuple[int, ...] = ()
    mark: str


@dataclass(frozen=True)
class WithAFactory:
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WithSlots:
    name: str


@dataclass(frozen=True)
class WithMore:
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name.upper())


_VALUES: dict[str, some.SearchStrategy[Any]] = {
    "size": some.integers(),
    "note": some.none() | some.text(max_size=3),
    "pair": some.tuples(some.integers()),
}


@given(some.fixed_dictionaries({"name": some.text(max_size=3), "mark": some.text(max_size=3)}, optional=_VALUES))
def test_a_record_is_what_its_class_would_make(values: dict[str, Any]) -> None:
    made, usual = frozen(Below, dict(values)), Below(**values)

    assert made == usual
    assert (repr(made), hash(made)) == (repr(usual), hash(usual))
    assert dataclasses.asdict(made) == dataclasses.asdict(usual)
    assert dataclasses.replace(made, mark="other") == dataclasses.replace(usual, mark="other")
    assert pickle.loads(pickle.dumps(made)) == copy.copy(made) == usual  # noqa: S301  # our own bytes


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        frozen(Above, {"name": "a"}).size = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "said"),
    [({"size": 1}, "missing 1 required positional argument: 'name'"), ({"name": "a", "nmae": "b"}, "argument 'nmae'")],
)
def test_fields_that_are_missing_or_unknown_are_refused_in_the_words_of_the_class(
    values: dict[str, Any], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        frozen(Above, values)


@pytest.mark.parametrize("kind", [WithAFactory, WithSlots, WithMore])
def test_a_class_that_does_more_than_set_its_fields_is_refused(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match=r"has a field that is made, slots, or a `__post_init__`; call it"):
        frozen(kind, {"name": "a"})
