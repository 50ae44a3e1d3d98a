"""What was fetched for a release, written beside the build: who converts then needs no network, no hub and no token.

A bill is `BUILD/NAME.vN.fetched.json`. It is a note from one step of a run to the next and never leaves the machine.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.canonical import readable_json
from converter.errors import ConverterError
from converter.files import write_atomically
from converter.ingredients import Ingredient, wanted_by
from converter.recipe import RECIPE
from converter.registry import ControlEntry, DiffusionEntry, fingerprint
from converter.sources import Fetched

_SCHEMA = 1
_SUFFIX = ".fetched.json"


class BillError(ConverterError):
    """What was fetched is not what the entry asks for now, or is not there any more."""


@dataclass(frozen=True)
class Bill:
    """What was fetched for one release."""

    name: str
    version: int
    fingerprint: str
    """Of the entry, as it was when its sources were fetched."""
    fetched: tuple[Fetched, ...]
    """In the order of `wanted_by`."""

    @property
    def tag(self) -> str:
        """`NAME.vN`."""
        return f"{self.name}.v{self.version}"

    def path(self, build: Path) -> Path:
        """Where it is written."""
        return build / f"{self.tag}{_SUFFIX}"

    def ingredients(self, entry: DiffusionEntry | ControlEntry) -> tuple[Ingredient, ...]:
        """What the release is made of.

        Raises:
            BillError: the entry has changed since, or a file has gone.
        """
        if self.fingerprint != fingerprint(entry, RECIPE):
            raise BillError(
                f"{self.name}: what was fetched was for another form of the entry or another recipe; fetch it again"
            )
        wanted = wanted_by(entry)
        for fetched in self.fetched:
            if not fetched.path.exists():
                raise BillError(f"{self.name}: {fetched.path} has gone since it was fetched; fetch it again")
        return tuple(
            Ingredient(want.role, fetched, want.entry) for want, fetched in zip(wanted, self.fetched, strict=True)
        )


def bill_of(entry: DiffusionEntry | ControlEntry, version: int, ingredients: tuple[Ingredient, ...]) -> Bill:
    """The bill of what was gathered for release `version` of an entry."""
    fetched = tuple(ingredient.fetched for ingredient in ingredients)
    return Bill(entry.name, version, fingerprint(entry, RECIPE), fetched)


def write_bill(bill: Bill, build: Path) -> Path:
    """Write a bill, in place of what an earlier run fetched for the name."""
    for other in _bills_of(bill.name, build):
        other.unlink(missing_ok=True)
    path = bill.path(build)
    write_atomically(path, _written(bill))
    return path


def read_bill(name: str, build: Path) -> Bill | None:
    """The bill of a name; `None` if nothing was fetched for it.

    Raises:
        BillError: it is damaged.
    """
    for path in _bills_of(name, build):
        try:
            return _read(path)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise BillError(f"{path}: found no bill of what was fetched ({error}); fetch it again") from error
    return None


def billed_names(build: Path) -> tuple[str, ...]:
    """The names for which something was fetched, sorted."""
    return tuple(sorted({path.name.removesuffix(_SUFFIX).rpartition(".v")[0] for path in build.glob(f"*{_SUFFIX}")}))


def _bills_of(name: str, build: Path) -> Iterator[Path]:
    # Names have no dots, so that this is the version of no other name.
    return iter(sorted(build.glob(f"{name}.v*{_SUFFIX}")))


def _written(bill: Bill) -> bytes:
    return readable_json(
        {
            "schema": _SCHEMA,
            "name": bill.name,
            "version": bill.version,
            "fingerprint": bill.fingerprint,
            "fetched": [
                {"path": str(each.path), "uri": each.uri, "commit": each.commit, "sha256": each.sha256}
                for each in bill.fetched
            ],
        }
    )


def _read(path: Path) -> Bill:
    raw = json.loads(path.read_bytes())
    if raw["schema"] != _SCHEMA:
        raise ValueError(f"schema {raw['schema']!r}, expected {_SCHEMA}")
    fetched = tuple(_fetched(each) for each in raw["fetched"])
    return Bill(str(raw["name"]), int(raw["version"]), str(raw["fingerprint"]), fetched)


def _fetched(raw: dict[str, Any]) -> Fetched:
    return Fetched(Path(raw["path"]), str(raw["uri"]), raw["commit"], raw["sha256"])
