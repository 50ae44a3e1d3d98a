"""How much a plan says that its releases will send, by what a hub has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from converter.actions import AtMost, Convert, Exactly, NotKnown, Upload
from converter.canonical import digest_of
from converter.hub import IndexRow
from converter.plan import plan
from converter.registry import Registry, asked, fingerprint
from converter.uploads import Built, with_uploads
from tests.support.registries import registry_of

RECIPE = 4
COMMIT = "c" * 40
MODEL = {"name": "base", "source": "org/model", "revision": COMMIT}
STYLE = {"name": "style", "source": "org/style", "revision": COMMIT}
GOBLIN = {"name": "goblin", "source": "org/goblin", "revision": COMMIT}
VAE = "huggingface://org/vae@" + COMMIT
SIZES = {
    "text_encoder/model.onnx": 11,
    "text_encoder/weights.pb": 500_000,
    "unet/model.onnx": 13,
    "unet/weights.pb": 3_000_000,
    "vae_decoder/model.onnx": 17,
    "vae_decoder/weights.pb": 190_000,
    "vae_encoder/model.onnx": 19,
    "vae_encoder/weights.pb": 130_000,
}
SMALL = 1_500
UNTOUCHED = {path for path in SIZES if path.startswith("vae") or path.endswith(".onnx")}
PAGES = (256 << 10) + SMALL
"""What is there for manifest, card and checksums, beside configs and tokenizers."""
BLEND = 8 << 10


def row(fields: Mapping[str, object], *, recipe: int = RECIPE, architecture: str = "sd1") -> IndexRow:
    """The release of an entry, whose files are its own."""
    (entry,) = registry_of(fields).entries
    return IndexRow(
        name=entry.name,
        version=1,
        tag=f"{entry.name}.v1",
        commit=COMMIT,
        fingerprint=fingerprint(entry, recipe),
        recipe=recipe,
        asked=asked(entry),
        architecture=architecture,
        precision="fp32",
        license=None,
        size_bytes=sum(SIZES.values()) + SMALL,
        sums_sha256="5" * 64,
        files=tuple(f"{number:064x} {size} {path}" for number, (path, size) in enumerate(SIZES.items())),
    )


def uploads(registry: Registry, *rows: IndexRow, built: Mapping[str, Built] | None = None) -> list[Upload | None]:
    todo = with_uploads(plan(registry.entries, {}, RECIPE), rows, built or {})
    return [action.upload for action in todo.converts]


def bound(fields: Mapping[str, object], *rows: IndexRow) -> Upload | None:
    (upload,) = uploads(registry_of(fields), *rows)
    return upload


def test_nothing_is_known_of_what_is_like_no_release() -> None:
    assert bound(MODEL) == NotKnown()
    assert bound(MODEL, row({**MODEL, "source": "org/another"})) == NotKnown()


@pytest.mark.parametrize(
    "field", [{"label": "Base"}, {"description": "A model."}, {"license": "mit"}, {"name": "again"}]
)
def test_what_is_only_said_of_a_model_sends_no_weights(field: Mapping[str, object]) -> None:
    assert bound({**MODEL, **field}, row(MODEL)) == AtMost(PAGES, if_unchanged=False)


def test_a_lora_reaches_the_weights_of_unet_and_text_encoder() -> None:
    reached = SIZES["unet/weights.pb"] + SIZES["text_encoder/weights.pb"]
    styled = {**MODEL, "loras": [STYLE]}

    assert bound(styled, row(MODEL)) == AtMost(reached + PAGES + BLEND, if_unchanged=False)
    assert bound(MODEL, row(styled)) == AtMost(reached + PAGES, if_unchanged=False)
    assert bound({**styled, "name": "twin"}, row(styled)) == AtMost(PAGES + BLEND, if_unchanged=False)


def test_what_several_releases_have_together_is_there() -> None:
    """One has the weights of the UNet, and none the text encoder's."""
    both = {**MODEL, "loras": [STYLE], "inversions": [GOBLIN]}
    weaker = {**both, "inversions": [{**GOBLIN, "weight": 0.5}]}

    found = bound({**both, "name": "twin"}, row({**MODEL, "loras": [STYLE]}), row(weaker))

    assert found == AtMost(SIZES["text_encoder/weights.pb"] + PAGES + 2 * BLEND, if_unchanged=False)


def test_how_a_lora_is_called_changes_nothing_and_how_strong_it_is_does() -> None:
    published = row({**MODEL, "loras": [STYLE]})

    same = bound({**MODEL, "loras": [{**STYLE, "name": "paint", "label": "Paint", "tokens": ["paint"]}]}, published)
    other = bound({**MODEL, "loras": [{**STYLE, "weight": 0.5}]}, published)

    assert same == AtMost(PAGES + BLEND, if_unchanged=False)
    reached = SIZES["unet/weights.pb"] + SIZES["text_encoder/weights.pb"]
    assert other == AtMost(reached + PAGES + BLEND, if_unchanged=False)


def test_nobody_knows_how_many_vectors_an_inversion_has() -> None:
    assert bound({**MODEL, "inversions": [GOBLIN]}, row(MODEL)) == NotKnown()


def test_nobody_knows_how_large_another_vae_is_unless_it_is_there() -> None:
    sharp, other = {**MODEL, "vae": VAE}, {**MODEL, "name": "other", "source": "org/other"}

    assert bound(sharp, row(MODEL)) == NotKnown()
    assert bound({**other, "vae": VAE}, row(sharp), row(other)) == AtMost(PAGES, if_unchanged=False)


def test_a_vae_is_another_file_in_another_architecture_and_precision() -> None:
    other = {**MODEL, "name": "other", "source": "org/other"}

    assert bound({**other, "vae": VAE}, row({**MODEL, "vae": VAE}, architecture="sd2"), row(other)) == NotKnown()
    half = row({**MODEL, "vae": VAE, "precision": "fp16"})
    assert bound({**other, "vae": VAE}, half, row(other)) == NotKnown()


@pytest.mark.parametrize(
    "field",
    [{"precision": "fp16"}, {"optimize": "fused"}, {"control": True}, {"image_size": 768}, {"revision": "d" * 40}],
)
def test_what_changes_every_graph_or_another_model_is_not_known(field: Mapping[str, object]) -> None:
    assert bound({**MODEL, **field}, row(MODEL)) == NotKnown()


def test_a_release_of_another_recipe_says_nothing() -> None:
    assert bound({**MODEL, "label": "Base"}, row(MODEL, recipe=RECIPE - 1)) == NotKnown()


def test_a_release_from_before_files_were_noted_says_nothing() -> None:
    assert bound({**MODEL, "label": "Base"}, replace(row(MODEL), files=None)) == NotKnown()


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "base", "source": "huggingface://org/model@main"},
        {"name": "base", "source": "./model.safetensors"},
        {**MODEL, "loras": [{**STYLE, "revision": "main"}]},
        {**MODEL, "vae": "org/vae"},
    ],
)
def test_a_source_without_a_pin_makes_it_a_condition(fields: Mapping[str, object]) -> None:
    found = bound({**fields, "label": "Base"}, row(fields))

    assert isinstance(found, AtMost)
    assert found.if_unchanged


def built(sizes: Mapping[str, int], before: Mapping[str, str] | None = None) -> Built:
    digests = {path: digest_of([path, size]) for path, size in sizes.items() if path != "SHA256SUMS"}
    return Built(sizes, digests, before or {})


def test_of_a_folder_what_the_hub_lacks_is_sent() -> None:
    folder = built({"unet/weights.pb": 1000, "vae/weights.pb": 100, "config.json": 10, "SHA256SUMS": 1})
    published = replace(row(MODEL), files=(f"{folder.digests['vae/weights.pb']} 100 vae/weights.pb",))

    assert uploads(registry_of(MODEL), published, built={"base": folder}) == [Exactly(1011)]


def test_a_small_file_is_sent_unless_the_branch_has_it_at_this_path() -> None:
    sizes = {"config.json": 10, "unet/config.json": 5, "SHA256SUMS": 1}
    folder = built(sizes, before={"config.json": digest_of(["config.json", 10]), "unet/config.json": "0" * 64})

    assert uploads(registry_of(MODEL), row(MODEL), built={"base": folder}) == [Exactly(6)]


def test_what_two_folders_share_is_sent_once() -> None:
    folder = built({"unet/weights.pb": 1000, "SHA256SUMS": 1})
    registry = registry_of(MODEL, {**MODEL, "name": "twin"})

    assert uploads(registry, built={"base": folder, "twin": folder}) == [Exactly(1001), Exactly(1)]


def test_a_hub_that_has_not_noted_all_its_files_may_have_more() -> None:
    folder = built({"unet/weights.pb": 1000})
    unknown = replace(row(MODEL), files=None)

    assert uploads(registry_of(MODEL), unknown, built={"base": folder}) == [AtMost(1000, if_unchanged=False)]


def test_what_is_not_converted_sends_nothing() -> None:
    (entry,) = registry_of(MODEL).entries
    kept = plan([entry], {}, RECIPE)
    refused = replace(kept, actions=())

    assert with_uploads(refused, [row(MODEL)], {}) == refused
    assert all(isinstance(action, Convert) for action in kept.actions)
