"""What is said where the libraries that trace are not installed."""

import sys

import pytest

from converter.installed import TRACING, NotInstalledError, require_tracing, version_of


def test_a_version_has_no_build_tag() -> None:
    assert version_of("torch") == "2.13.0"  # the CPU build calls itself 2.13.0+cpu


def test_what_is_not_installed_has_no_version() -> None:
    assert version_of("no-such-package-at-all") is None


def test_with_everything_there_nothing_is_said() -> None:
    require_tracing("this")


@pytest.mark.parametrize("missing", TRACING)
def test_what_is_missing_is_named_with_the_way_to_get_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(NotInstalledError) as error:
        require_tracing("comparing with PyTorch", "leave it out")

    assert str(error.value) == (
        f"comparing with PyTorch needs torch, diffusers, transformers, onnxscript; found no {missing}: install the "
        "extra `tracing` (`pip install 'onnx-registry[tracing]'`; in a checkout ONNX_REGISTRY_EXTRAS=tracing), "
        "or leave it out"
    )
