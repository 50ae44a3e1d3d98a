"""A Textual Inversion by the name of its repository alone, with the real client against a loopback hub."""

from pathlib import Path

import pytest

from converter.registry import HubFileSource
from converter.registry.source_syntax import parse_source
from converter.sources import Downloads, HubAccess, SourceError, concept_source, fetch
from tests.support.loopback_hub import LoopbackHub

REPO = "sd-concepts-library/cat-toy"
BESIDE = {"README.md": b"# Cat toy", "concept_images/0.jpeg": b"image", "token_identifier.txt": b"<cat-toy>"}


def access(hub: LoopbackHub) -> HubAccess:
    return HubAccess(hub.endpoint, hub.token)


def test_a_repository_alone_means_its_learned_embeddings(loopback_hub: LoopbackHub, tmp_path: Path) -> None:
    commit = loopback_hub.seed_repo(REPO, {**BESIDE, "learned_embeds.bin": b"vectors"})

    source = concept_source(parse_source(REPO), access(loopback_hub))
    found = fetch(source, root=tmp_path, downloads=Downloads(tmp_path), access=access(loopback_hub))

    assert source == HubFileSource(REPO, None, "learned_embeds.bin")
    assert (found.path.read_bytes(), found.commit) == (b"vectors", commit)


def test_safetensors_are_taken_before_a_pickle(loopback_hub: LoopbackHub) -> None:
    both = {"learned_embeds.bin": b"pickle", "learned_embeds.safetensors": b"safe"}
    loopback_hub.seed_repo(REPO, {**BESIDE, **both})

    source = concept_source(parse_source(f"huggingface://{REPO}@main"), access(loopback_hub))

    assert source == HubFileSource(REPO, "main", "learned_embeds.safetensors")


def test_a_repository_without_them_is_refused_with_what_it_has(loopback_hub: LoopbackHub) -> None:
    loopback_hub.seed_repo(REPO, {**BESIDE, "cat.pt": b"vectors"})

    with pytest.raises(SourceError) as caught:
        concept_source(parse_source(REPO), access(loopback_hub))
    assert str(caught.value) == (
        f"{REPO}: there is no learned_embeds.safetensors or learned_embeds.bin, expected a Textual Inversion "
        f"(it has cat.pt: name one, huggingface://{REPO}/cat.pt)"
    )


def test_a_repository_that_is_not_there_is_refused(loopback_hub: LoopbackHub) -> None:
    with pytest.raises(SourceError, match="cat-toy"):
        concept_source(parse_source(REPO), access(loopback_hub))


@pytest.mark.parametrize("text", ["models/cat.pt", "https://example.org/cat.pt", f"huggingface://{REPO}/cat.pt"])
def test_any_other_source_is_left_as_it_is(text: str, loopback_hub: LoopbackHub) -> None:
    assert concept_source(parse_source(text), access(loopback_hub)) == parse_source(text)
    assert not loopback_hub.log
