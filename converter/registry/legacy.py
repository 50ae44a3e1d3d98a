"""onnx-web's legacy tuples, `["name", "source", ...]`, turned into the objects that they stand for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converter.registry.complaint import Complaint
from converter.registry.findings import Path
from converter.registry.kinds import LEGACY_DEFAULTS, LEGACY_KEYS, LEGACY_OPEN
from converter.registry.quoting import described, printable
from converter.registry.source_syntax import without_secrets


@dataclass(frozen=True)
class Tuple:
    """A legacy tuple, read by position."""

    values: Mapping[str, object]
    """The object form."""
    complaints: tuple[Complaint, ...]
    """What is wrong with the tuple itself."""
    _keys: tuple[str, ...]

    def path(self, inner: Path) -> Path:
        """Where in the tuple that stands which the object has at `inner`."""
        return (self._keys.index(str(inner[0])), *inner[1:]) if inner and inner[0] in self._keys else ()

    def advice(self) -> str:
        """The object to paste in its place, without the secret parts of its source."""
        source = str(self.values["source"])
        shown = without_secrets(source)
        text = json.dumps({**self.values, "source": shown}, ensure_ascii=False)
        rest = "" if shown == source else " (with the rest of your source, which is not shown here)"
        return f"this is the old form; write {printable(text)}{rest}"


def read_tuple(definition: str, items: Sequence[object]) -> Tuple:
    """The object that `items` stands for, with the defaults of onnx-web's own conversion."""
    keys = LEGACY_KEYS[definition]
    values = {**LEGACY_DEFAULTS.get(definition, {}), **dict(zip(keys, items, strict=False))}
    return Tuple(values, tuple(_complaints(definition, items)), keys)


def _complaints(definition: str, items: Sequence[object]) -> list[Complaint]:
    keys = LEGACY_KEYS[definition]
    if len(items) < 2:
        missing = " and ".join(f"'{key}'" for key in keys[len(items) : 2])
        return [Complaint((), f"found a list of {len(items)}, expected at least a name and a source; add {missing}")]
    if definition not in LEGACY_OPEN:
        return [
            Complaint(
                (index,),
                f"found {described(items[index])} as item {index + 1}, expected at most {len(keys)}; remove it",
            )
            for index in range(len(keys), len(items))
        ]
    return []
