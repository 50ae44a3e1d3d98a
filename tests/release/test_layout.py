"""Which files a release has: those of its graphs, its tokenizers, and of the pipeline if it is one."""

import pytest

from converter.release import required_files

SD = ("text_encoder", "unet", "vae_encoder", "vae_decoder")
SDXL = ("text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder")
REFINER = ("text_encoder_2", "unet", "vae_encoder", "vae_decoder")
ABOUT = {"README.md", "manifest.json"}
PIPELINE = {"model_index.json", "scheduler/scheduler_config.json"}


def of_graphs(*folders: str) -> set[str]:
    return {f"{folder}/{name}" for folder in folders for name in ("config.json", "model.onnx", "weights.pb")}


def of_tokenizers(*folders: str) -> set[str]:
    return {f"{folder}/{name}" for folder in folders for name in ("merges.txt", "tokenizer_config.json", "vocab.json")}


@pytest.mark.parametrize(
    ("graphs", "tokenizers"),
    [
        (SD, ("tokenizer",)),
        ((*SD, "cnet"), ("tokenizer",)),
        (SDXL, ("tokenizer", "tokenizer_2")),
        (REFINER, ("tokenizer_2",)),
    ],
)
def test_a_pipeline_has_its_graphs_a_tokenizer_for_each_encoder_and_a_scheduler(
    graphs: tuple[str, ...], tokenizers: tuple[str, ...]
) -> None:
    assert required_files(graphs) == ABOUT | PIPELINE | of_graphs(*graphs) | of_tokenizers(*tokenizers)


def test_a_controlnet_has_its_graph_and_nothing_of_a_pipeline() -> None:
    assert required_files(("controlnet",)) == ABOUT | of_graphs("controlnet")


def test_the_order_of_the_graphs_does_not_matter() -> None:
    assert required_files(SDXL) == required_files(tuple(reversed(SDXL)))
