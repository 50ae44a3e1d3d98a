"""Which libraries are on this machine, and what to do without those that trace graphs.

Known architectures are converted without them: graphs, shapes and key names ship with the package.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from converter.errors import ConverterError

TRACING = ("torch", "diffusers", "transformers", "onnxscript")
"""What the extra `tracing` of pyproject.toml installs."""


class NotInstalledError(ConverterError):
    """Something is asked for that needs a library that is not installed."""


def version_of(package: str) -> str | None:
    """The version of a package, without what says how it was built; `None` if it is not installed."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return None


def versions_of(packages: Iterable[str], version: Callable[[str], str | None] = version_of) -> dict[str, str]:
    """Package to version, of those that are installed; `version` says it of one."""
    return {name: found for name in packages if (found := version(name)) is not None}


def require_tracing(purpose: str, advice: str = "") -> None:
    """Check that the libraries of the extra `tracing` are there, before one of them is imported.

    Args:
        purpose: what they are needed for, as the beginning of a sentence.
        advice: what else one could do.

    Raises:
        NotInstalledError: one of them is not.
    """
    missing = [name for name in TRACING if find_spec(name) is None]
    if missing:
        otherwise = f", or {advice}" if advice else ""
        raise NotInstalledError(
            f"{purpose} needs {', '.join(TRACING)}; found no {', '.join(missing)}: install the extra `tracing` "
            f"(`pip install 'onnx-registry[tracing]'`; in a checkout ONNX_REGISTRY_EXTRAS=tracing){otherwise}"
        )
