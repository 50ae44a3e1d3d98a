"""What is shown of a file, from its header alone."""

from pathlib import Path

import numpy as np
import pytest

from converter.blend.lora import Dialect, LoraHeader, describe_lora, read_lora
from converter.weights import LENGTH_BYTES, parse_header
from tests.support.lora_files.cases import CASES
from tests.support.lora_files.in_memory import Shapes, file_of
from tests.support.lora_files.made import Case
from tests.support.lora_files.made_once import made_once
from tests.support.lora_files.tiny_models import shared_model

BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_shapes_alone_give_the_same_summary_as_the_whole_file(case: Case) -> None:
    made, targets = made_once(case), shared_model("sd1").targets
    shapes = Shapes({name: np.asarray(array).shape for name, array in made.tensors.items()})

    from_header = describe_lora(LoraHeader("lora.safetensors", shapes, made.metadata), targets)

    assert from_header == read_lora(file_of(made), targets).summary
    assert sum(from_header.algorithms.values()) == sum(from_header.layers.values()) > 0


@pytest.mark.parametrize(
    ("name", "dialects", "algorithm"),
    [
        ("LoRA, LoCon (sd-scripts)", (Dialect.SD_SCRIPTS,), "LoRA"),
        ("LoCon, lora_mid (Tucker)", (Dialect.SD_SCRIPTS,), "LoRA, Tucker"),
        ("DoRA on LoHa", (Dialect.SD_SCRIPTS,), "LoHa, DoRA"),
        ("LoKr, lokr_t2 (Tucker)", (Dialect.SD_SCRIPTS,), "LoKr, Tucker"),
        ("OFT", (Dialect.SD_SCRIPTS,), "OFT"),
        ("BOFT", (Dialect.SD_SCRIPTS,), "BOFT"),
        ("PEFT", (Dialect.PEFT,), "LoRA"),
        ("PEFT, DoRA", (Dialect.PEFT,), "LoRA, DoRA"),
        ("PEFT, base_model.model.", (Dialect.PEFT,), "LoRA"),
        (
            "diffusers: lora.down, lora_linear_layer",
            (Dialect.DIFFUSERS, Dialect.PEFT),
            "LoRA",
        ),  # fc1 and conv1 stay PEFT's
        ("diffusers, alphas", (Dialect.DIFFUSERS,), "LoRA"),
        ("diffusers, attention processors", (Dialect.DIFFUSERS,), "LoRA"),
        ("cloneofsimo safeloras, old order", (Dialect.CLONEOFSIMO,), "LoRA"),
        ("cloneofsimo .pt, text encoder", (Dialect.CLONEOFSIMO,), "LoRA"),
    ],
)
def test_dialect_and_algorithm_are_named(name: str, dialects: tuple[Dialect, ...], algorithm: str) -> None:
    summary = describe_lora(file_of(made_once(BY_NAME[name])), shared_model("sd1").targets)

    assert summary.dialects == dialects
    assert set(summary.algorithms) == {algorithm}


def test_ranks_and_alphas_and_the_trainers_notes_are_told() -> None:
    made = made_once(BY_NAME["LoRA, LoCon (sd-scripts)"])
    notes = {"ss_network_dim": "4", "ss_tag_frequency": "{}", "modelspec.title": "x", "format": "pt"}
    file = file_of(made)
    file = type(file)(file.name, file.tensors, notes)

    plan = read_lora(file, shared_model("sd1").targets)

    assert plan.summary.ranks == (4, 4)
    assert plan.alphas == (2.0, 2.0)
    assert plan.summary.metadata == {"modelspec.title": "x", "ss_network_dim": "4", "ss_tag_frequency": "{}"}
    assert read_lora(file_of(made_once(BY_NAME["PEFT"])), shared_model("sd1").targets).alphas is None


def test_cloneofsimo_s_classes_are_told_and_not_each_rank() -> None:
    summary = describe_lora(
        file_of(made_once(BY_NAME["cloneofsimo safeloras, new order"])), shared_model("sd1").targets
    )

    assert set(summary.metadata) == {"unet", "text_encoder"}


def test_the_first_bytes_of_a_safetensors_file_are_enough(tmp_path: Path) -> None:
    made = made_once(BY_NAME["LoHa"])
    path = made.path(tmp_path)
    data = path.read_bytes()
    header = parse_header(data[LENGTH_BYTES : LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "little")], len(data))
    shapes = Shapes({name: info.shape for name, info in header.tensors.items()})

    summary = describe_lora(LoraHeader(path.name, shapes, header.metadata), shared_model("sd1").targets)

    assert set(summary.algorithms) == {"LoHa"}
