"""The licences whose weights are converted and published without asking anybody.

Identifiers are those of SPDX (https://spdx.org/licenses/) and of the Hub
(https://huggingface.co/docs/hub/repositories-licenses). A release is a copy of somebody's weights in another form, so
the question is whether the licence lets everybody publish such a copy, also for money, without terms that a person
would have to read first. What is not here is not forbidden: a maintainer decides.
"""

from collections.abc import Mapping
from types import MappingProxyType

_OPENRAIL = "weights may be changed and published; the use restrictions travel with the licence, which the card names"
_PERMISSIVE = "may be changed and published; the notice travels with the card"
_PUBLIC = "nothing is asked for"

ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        # The Hub's words for the licences of the Stable Diffusion family.
        "creativeml-openrail-m": _OPENRAIL,
        "openrail": _OPENRAIL,
        "openrail++": _OPENRAIL,
        "bigscience-openrail-m": _OPENRAIL,
        # Written the same by SPDX and the Hub, apart from capitals.
        "mit": _PERMISSIVE,
        "apache-2.0": _PERMISSIVE,
        "bsd-2-clause": _PERMISSIVE,
        "bsd-3-clause": _PERMISSIVE,
        "isc": _PERMISSIVE,
        "zlib": _PERMISSIVE,
        "cc-by-4.0": "may be changed and published; the author is named by the source in the card",
        "cc0-1.0": _PUBLIC,
        "unlicense": _PUBLIC,
        "0bsd": _PUBLIC,
    }
)
"""Identifier in small letters -> why it is allowed."""


def is_allowed(identifier: str) -> bool:
    """Whether weights under this licence are published without asking; capitals do not count, as with SPDX."""
    return identifier.casefold() in ALLOWED
