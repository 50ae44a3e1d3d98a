"""jsonschema's validator, but the one of each property is made once, not anew for each of ten thousand entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from converter.canonical import JsonObject

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator


def validator_of(schema: JsonObject) -> Validator:
    """What finds everything that a JSON value has against a schema (draft 2020-12), in jsonschema's own words."""
    return _class()(dict(schema))


@cache
def _class() -> type[Validator]:
    # 80 ms that `--help` need not pay
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    words = {"properties": _Properties()}
    kind: type[Validator] = extend(Draft202012Validator, words)  # type: ignore[no-untyped-call]  # typeshed has none
    return kind


class _Properties:
    """The keyword `properties`. Made over for each object it takes three times as long as everything else here."""

    def __init__(self) -> None:
        self._made: dict[int, Validator] = {}
        """By the identity of its schema, which it keeps alive."""

    def __call__(
        self, validator: Validator, properties: Mapping[str, Any], instance: Any, _: Any
    ) -> Iterator[ValidationError]:
        if not validator.is_type(instance, "object"):
            return
        for name in filter(instance.__contains__, properties):
            for error in self._inner(validator, properties[name]).iter_errors(instance[name]):
                error.path.appendleft(name)
                error.schema_path.appendleft(name)
                yield error

    def _inner(self, validator: Validator, schema: Any) -> Validator:
        found = self._made.get(id(schema))
        if found is None:
            found = self._made[id(schema)] = validator.evolve(schema=schema)
        return found
