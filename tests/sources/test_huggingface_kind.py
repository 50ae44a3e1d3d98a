"""What a repository is that is named alone, told from the names of its files."""

import pytest

from converter.registry import HubFileSource, HubSource, LocalSource
from converter.sources import HubAccess, SourceError, SourceKind, told_apart
from tests.support.loopback_hub import LoopbackHub

REPO = "org/repo"
SOURCE = HubSource(REPO, None)
WEIGHTS = "diffusion_pytorch_model.safetensors"


def access(hub: LoopbackHub) -> HubAccess:
    return HubAccess(hub.endpoint, hub.token)


@pytest.mark.parametrize(
    ("files", "source", "kind"),
    [
        (["model_index.json", "unet/config.json"], SOURCE, SourceKind.PIPELINE),
        (["model_index.json", "config.json", "learned_embeds.bin"], SOURCE, SourceKind.PIPELINE),
        (["config.json", WEIGHTS], SOURCE, SourceKind.VAE),
        (
            ["README.md", "learned_embeds.bin"],
            HubFileSource(REPO, None, "learned_embeds.bin"),
            SourceKind.PIPELINE,
        ),
        (["README.md"], SOURCE, SourceKind.PIPELINE),
    ],
)
def test_a_repository_is_told_by_its_files(
    files: list[str], source: HubSource, kind: SourceKind, loopback_hub: LoopbackHub
) -> None:
    loopback_hub.seed_repo(REPO, dict.fromkeys(files, b"x"))

    assert told_apart(SOURCE, access(loopback_hub)) == (source, kind)


def test_other_sources_are_left_as_they_are_and_nobody_is_asked(loopback_hub: LoopbackHub) -> None:
    source = LocalSource("models/a.safetensors")

    assert told_apart(source, access(loopback_hub)) == (source, SourceKind.PIPELINE)
    assert not loopback_hub.log


def test_a_repository_that_is_not_there_is_refused(loopback_hub: LoopbackHub) -> None:
    with pytest.raises(SourceError, match=r"org/repo: missing, or private"):
        told_apart(SOURCE, access(loopback_hub))
