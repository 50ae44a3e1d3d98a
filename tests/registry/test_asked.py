import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.canonical import canonical_json
from converter.registry import Entry, asked, fingerprint, parse_registry

DATA = Path(__file__).parent / "data"
EVERYTHING = json.loads((DATA / "every_section.json").read_text())
OURS = EVERYTHING["diffusion"][1]
BLENDED = EVERYTHING["diffusion"][0]


def entry_of(section: str, raw: object, *, before: int = 0, indent: int | None = None) -> Entry:
    others = [{"name": f"other-{index}", "source": "a/b", "type": "lora", "scale": 2} for index in range(before)]
    kept = ("name", "source", *(["type"] if section == "networks" else ["scale"] if section == "upscaling" else []))
    items = [*({key: other[key] for key in kept} for other in others), raw]
    return parse_registry(json.dumps({section: items}, indent=indent), "r.json").require_valid().entries[-1]


def print_of(raw: object) -> str:
    return fingerprint(entry_of("diffusion", raw), 1)


@settings(deadline=None)  # other work may hold the machine up
@given(st.permutations(list(BLENDED.items())), st.sampled_from([None, 1, 4]), st.integers(0, 3))
def test_key_order_white_space_and_position_do_not_matter(
    items: list[tuple[str, object]], indent: int | None, before: int
) -> None:
    moved = entry_of("diffusion", dict(items), before=before, indent=indent)
    assert moved == entry_of("diffusion", BLENDED)
    assert fingerprint(moved, 1) == print_of(BLENDED)


MEANINGFUL: Mapping[str, object] = {
    "name": "another-name",
    "source": "org/another",
    "label": "Another label",
    "format": "safetensors",
    "license": "mit",
    "description": "Another description.",
    "precision": "int8",
    "optimize": "fused",
    "opset": 18,
    "pipeline": "img2img",
    "version": "v1",
    "image_size": 512,
    "prediction_type": "epsilon",
    "zero_terminal_snr": True,
    "clip_skip": 2,
    "vae": "org/vae",
    "single_vae": True,
    "control": True,
    "config": "v1.yaml",
    "hash": "abc",
    "revision": "v2",
    "half": True,
    "loras": [{"name": "x", "source": "a/b"}],
    "inversions": [{"name": "x", "source": "a/b"}],
}


@pytest.mark.parametrize(("key", "value"), MEANINGFUL.items())
def test_every_key_that_changes_the_release_changes_the_fingerprint(key: str, value: object) -> None:
    plain = {"name": "a-name", "source": "org/model"}
    assert print_of({**plain, key: value}) != print_of(plain)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("weight", 0.5),
        ("weight", {"unet": 1, "text_encoder": 0}),
        ("tokens", ["a"]),
        ("revision", "v2"),
        ("label", "x"),
    ],
)
def test_every_key_of_a_blended_network_changes_the_fingerprint(key: str, value: object) -> None:
    lora = {"name": "x", "source": "a/b"}
    plain = {"name": "a-name", "source": "org/model"}
    assert print_of({**plain, "loras": [{**lora, key: value}]}) != print_of({**plain, "loras": [lora]})


def test_the_order_of_blended_networks_changes_the_fingerprint() -> None:
    one, two = ({"name": name, "source": "a/b"} for name in ("one", "two"))
    plain = {"name": "a-name", "source": "org/model"}
    assert print_of({**plain, "loras": [one, two]}) != print_of({**plain, "loras": [two, one]})


def test_the_query_of_a_source_changes_the_fingerprint_and_is_not_in_it() -> None:
    one, two = (
        entry_of("diffusion", {"name": "a-name", "source": f"civitai://6266?type={type_}"})
        for type_ in ("Secret1", "B")
    )
    assert fingerprint(one, 1) != fingerprint(two, 1)
    assert b"Secret1" not in canonical_json(asked(one))


def test_the_sha256_is_compared_without_regard_to_case() -> None:
    plain = {"name": "a-name", "source": "models/a.safetensors"}
    lower = print_of({**plain, "sha256": "ab" * 32})
    assert lower == print_of({**plain, "sha256": "AB" * 32})
    assert lower != print_of(plain)


@pytest.mark.parametrize(
    "same",
    [
        {"precision": "fp32"},
        {"half": False},
        {"optimize": "none"},
        {"pipeline": "txt2img"},
        {"loras": []},
        {"source": "huggingface://org/model"},
        {"yanked": "It was a mistake."},
    ],
    ids=str,
)
def test_what_is_the_default_or_not_in_the_release_changes_nothing(same: Mapping[str, object]) -> None:
    plain = {"name": "a-name", "source": "org/model"}
    assert asked(entry_of("diffusion", {**plain, **same})) == {
        "section": "diffusion",
        "name": "a-name",
        "source": "huggingface://org/model",
    }


def test_half_and_a_revision_ask_for_the_same_in_both_spellings() -> None:
    one = {"name": "a-name", "source": "huggingface://org/model@v1", "half": True}
    two = {"name": "a-name", "source": "org/model", "revision": "v1", "precision": "fp16-internal"}
    assert entry_of("diffusion", one) == entry_of("diffusion", two)
    assert print_of(one) == print_of(two)


def test_whole_numbers_and_weights_are_the_same_with_and_without_a_point() -> None:
    plain = {"name": "a-name", "source": "org/model"}
    assert print_of({**plain, "opset": 18}) == print_of({**plain, "opset": 18.0})
    loras = [[{"name": "x", "source": "a/b", "weight": w}] for w in (2, 2.0, {"unet": 2, "text_encoder": 2.0})]
    assert len({print_of({**plain, "loras": each}) for each in loras}) == 1


def test_the_recipe_changes_the_fingerprint() -> None:
    entry = entry_of("diffusion", OURS)
    assert fingerprint(entry, 1) != fingerprint(entry, 2)


def test_the_fingerprint_of_a_plain_entry_never_changes_by_itself() -> None:
    # Were this to change, every release of every zoo would be made again.
    assert print_of({"name": "openjourney", "source": "prompthero/openjourney", "license": "mit"}) == (
        "07b9be249bdef568b9a6cf5f7ba05fa3429dcebd099c5231061d45dd9e1709c0"
    )


def test_everything_asked_is_canonical_json() -> None:
    for entry in parse_registry(json.dumps(EVERYTHING), "r.json").require_valid().entries:
        assert json.loads(canonical_json(asked(entry))) == asked(entry)
        assert asked(entry)["name"] == entry.name


def test_a_lora_and_an_embedding_of_one_name_are_not_the_same() -> None:
    lora, inversion = ({"name": "x", "source": "a/b", "type": kind} for kind in ("lora", "inversion"))
    assert fingerprint(entry_of("networks", lora), 1) != fingerprint(entry_of("networks", inversion), 1)
