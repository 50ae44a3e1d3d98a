"""The files beside the graphs: what a client would stumble over is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract_facts import facts_of, said, with_document
from tests.support.release_folders import copied, fault_of, reissued

Edit = Callable[[dict[str, Any]], object]

DOCUMENTS: list[tuple[str, Edit, str]] = [
    (
        "model_index.json",
        lambda index: index.update(unet=["diffusers", "UNet2DConditionModel"]),
        "unet: found ['diffus",
    ),
    ("model_index.json", lambda index: index.pop("text_encoder"), "text_encoder: found nothing, expected ['diffusers'"),
    (
        "model_index.json",
        lambda index: index.update(_class_name="OnnxStableDiffusionPipeline"),
        "_class_name: found On",
    ),
    (
        "model_index.json",
        lambda index: index.update(tokenizer=["transformers", "T5Tokenizer"]),
        "tokenizer: found ['tr",
    ),
    (
        "model_index.json",
        lambda index: index.update(vae=["diffusers", "AutoencoderKL"]),
        "vae: found ['diffusers', 'Au",
    ),
    (
        "model_index.json",
        lambda index: index.update(scheduler=["diffusers", "DDIMScheduler"]),
        "scheduler: found ['diff",
    ),
    (
        "model_index.json",
        lambda index: index.pop("safety_checker"),
        "safety_checker: found nothing, expected [None, No",
    ),
    ("vae_decoder/config.json", lambda config: config.pop("scaling_factor"), "found no scaling_factor, expected these"),
    (
        "unet/config.json",
        lambda config: config.pop("time_cond_proj_dim"),
        "found no time_cond_proj_dim, expected these",
    ),
    ("unet/config.json", lambda config: config.update(in_channels=9), "in_channels: found 9, expected 4 of a sd1"),
    (
        "scheduler/scheduler_config.json",
        lambda config: config.pop("_class_name"),
        "found no _class_name, expected these",
    ),
    (
        "tokenizer/tokenizer_config.json",
        lambda config: config.pop("model_max_length"),
        "found no model_max_length, exp",
    ),
    ("tokenizer/vocab.json", lambda ids: ids.pop("<|endoftext|>"), "found no <|endoftext|>, expected these fields"),
    ("tokenizer/vocab.json", lambda ids: ids.update(goblin=60000), "found ids up to 60000, expected below 49408, the "),
]


@pytest.mark.parametrize(("path", "change", "expected"), DOCUMENTS)
def test_what_a_client_would_not_find_in_a_file_is_named(
    pico_release: Path, path: str, change: Edit, expected: str
) -> None:
    found = said(with_document(pico_release, path, change))
    assert f"{path}: {expected}" in found


def test_a_file_that_is_no_json_is_named(pico_release: Path, tmp_path: Path) -> None:
    folder = reissued(copied(pico_release, tmp_path / "pico.v1"), {"model_index.json": b"{", "unet/config.json": b"7"})
    fault = fault_of(folder)
    assert "model_index.json: found no JSON object, expected one of StableDiffusionPipeline" in fault
    assert "unet/config.json: found no JSON object, expected one with in_channels, " in fault


@pytest.mark.parametrize("path", ["tokenizer/special_tokens_map.json", "tokenizer/vocab.json"])
def test_a_file_of_the_tokenizer_that_is_missing_is_named(pico_release: Path, path: str) -> None:
    facts = facts_of(pico_release)
    others = {name: document for name, document in facts.documents.items() if name != path}
    found = said(replace(facts, documents=others, paths=facts.paths - {path}))
    assert f"{path}: found no such file, expected one with " in found


def test_a_tokenizer_without_merges_is_named(pico_release: Path) -> None:
    found = said(replace(facts_of(pico_release), merges={}))
    assert found.startswith("tokenizer/merges.txt: found no such file, expected #version; transformers 4 takes")


def test_merges_whose_first_line_is_one_of_them_are_named(pico_release: Path, tmp_path: Path) -> None:
    folder = copied(pico_release, tmp_path / "pico.v1")
    fault = fault_of(reissued(folder, {"tokenizer/merges.txt": b"i n\nt h\n"}))
    assert "tokenizer/merges.txt: found 'i n' as its first line, expected #version" in fault


def test_what_more_a_config_says_is_no_breach(pico_release: Path, tmp_path: Path) -> None:
    folder = copied(pico_release, tmp_path / "pico.v1")
    config = json.loads((folder / "unet/config.json").read_bytes())
    reissued(folder, {"unet/config.json": json.dumps({**config, "more": 1}).encode()})
    assert said(facts_of(folder)) == ""
