"""`inspect` of what is no model, and of an entry, through the real command line."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.family import full, tiny, write_diffusers
from tests.support.header_files import kohya_shapes, write_lora
from tests.support.inversions import vectors, write_inversion


def rows(ran: Ran) -> dict[str, str]:
    assert (ran.code, ran.err) == (0, "")
    return {line[:13].rstrip(): line[14:] for line in ran.out.splitlines()}


def test_a_lora_is_described_in_rows_and_as_json(cache: Path, tmp_path: Path) -> None:
    shapes = kohya_shapes(full("sd1"), rank=16)
    write_lora(tmp_path / "l.safetensors", shapes, ss_network_dim="16\x1b[2J")

    ran = run("inspect", "l.safetensors", "--cache", cache, cwd=tmp_path)
    as_json = run("inspect", "l.safetensors", "--cache", cache, "--json", cwd=tmp_path)

    found = rows(ran)
    assert found["kind"] == "LoRA: one of the `loras` of an entry"
    assert (found["made for"], found["dialect"], found["rank"]) == ("Stable Diffusion 1.x", "sd-scripts", "16")
    assert found["algorithms"] == f"LoRA: {len(shapes) // 3} layers"
    assert found["training"] == r"ss_network_dim: 16\x1b[2J"
    written = json.loads(as_json.out)
    assert (written["kind"], written["made_for"], written["ranks"]) == ("lora", ["Stable Diffusion 1.x"], [16, 16])


def test_an_inversion_shows_its_vectors_width_and_tokens(tmp_path: Path) -> None:
    path = write_inversion(tmp_path, "web-ui", vectors(2, 1024))

    found = rows(run("inspect", path, cwd=tmp_path))

    assert (found["made for"], found["layout"], found["vectors"]) == ("Stable Diffusion 2.x", "embeddings", "2")
    assert (found["width"], found["tokens"]) == ("text_encoder: 1024", "web-ui web-ui-0 web-ui-1 web-ui-all")


def test_a_lora_that_fits_nothing_is_exit_code_1(cache: Path, tmp_path: Path) -> None:
    write_lora(tmp_path / "l.safetensors", {"lora_unet_nowhere.lora_up.weight": (4, 4)})

    ran = run("inspect", "l.safetensors", "--cache", cache, cwd=tmp_path)

    assert (ran.code, ran.out) == (1, "")
    assert "not for Stable Diffusion 1.x: l.safetensors: 1 key for which the model has no layer" in ran.err


def test_an_entry_is_described_part_by_part_and_as_a_whole(cache: Path, tmp_path: Path) -> None:
    model = tiny("sd1")
    write_diffusers(model, tmp_path / "m")
    write_lora(tmp_path / "l.safetensors", kohya_shapes(model))
    entry = {"name": "one", "source": "./m", "loras": [{"name": "style", "source": "./l.safetensors"}]}
    (tmp_path / "r.json").write_text(json.dumps({"diffusion": [entry]}))

    ran = run("inspect", "--entry", "one", "--registry", "r.json", "--cache", cache, cwd=tmp_path)

    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "model         one",
        "lora          style",
        "in all        one",
    ]
    assert [line.split()[0] for line in lines[lines.index("in all        one") + 1 :]] == [
        "download",
        "release",
        "disk",
        "memory",
    ]


@pytest.mark.parametrize("arguments", [[], ["a.safetensors", "--entry", "one"]])
def test_a_source_or_an_entry_must_be_given(arguments: list[str], tmp_path: Path) -> None:
    ran = run("inspect", *arguments, cwd=tmp_path)

    assert (ran.code, ran.out) == (2, "")
    assert "expected FILE|SOURCE or --entry NAME, and not both" in ran.err


def test_a_name_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"diffusion": [{"name": "one", "source": "./m"}]}')

    ran = run("inspect", "--entry", "onne", "--registry", "r.json", cwd=tmp_path)

    assert (ran.code, ran.err) == (2, "the name 'onne' is not in the registry; did you mean 'one'?\n")
