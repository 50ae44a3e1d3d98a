"""A `Store` that goes wrong at one call, before or after the call did its work."""

from collections.abc import Callable
from typing import Any, cast

from converter.hub import Store


class Killed(BaseException):
    """The process dies here: nothing catches this, as nothing catches SIGKILL."""


class FailingStore:
    """Passes every call on to a real store, and raises at the `at`-th; mutable: it counts."""

    def __init__(self, store: Store, at: int, error: BaseException, *, after: bool) -> None:
        self._store = store
        self._at = at
        self._error = error
        self._after = after
        self.calls: list[str] = []

    @staticmethod
    def wrap(
        store: Store, *, at: int = 0, error: BaseException | None = None, after: bool = False
    ) -> "tuple[Store, FailingStore]":
        """The store as publishing takes it, and the same thing to look into; `at=0` never fails."""
        failing = FailingStore(store, at, error or Killed(), after=after)
        return cast("Store", failing), failing

    def __getattr__(self, name: str) -> Any:  # stands for each of the Protocol's methods
        value = getattr(self._store, name)
        return self._counted(name, value) if callable(value) and name != "describe" else value

    def _counted(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object, **kwargs: object) -> Any:
            self.calls.append(name)
            due = len(self.calls) == self._at
            if due and not self._after:
                raise self._error
            result = method(*args, **kwargs)
            if due:
                raise self._error
            return result

        return call
