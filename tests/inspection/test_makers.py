"""Which script made a file: from what scripts really leave behind."""

from pathlib import Path

import pytest

from converter.inspection import maker_of
from converter.weights import open_weights

LORA = ["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight", "lora_te_text_model_x.lora_up.weight"]
CHECKPOINT = ["model.diffusion_model.out.2.bias", "cond_stage_model.transformer.x"]


@pytest.mark.parametrize(
    ("metadata", "names", "maker"),
    [
        ({"ss_network_module": "networks.lora", "ss_epoch": "1"}, LORA, "kohya's sd-scripts"),
        ({}, LORA, "kohya's sd-scripts"),
        ({"ss_network_module": "lycoris.kohya"}, LORA, "LyCORIS, in kohya's sd-scripts"),
        ({}, ["lora_unet_x.hada_w1_a", "lora_unet_x.alpha"], "LyCORIS"),
        ({}, ["lora_unet_x.lokr_w2"], "LyCORIS"),
        ({"unet": "[]"}, ["unet:0:up", "unet:0:down"], "cloneofsimo's lora"),
        ({}, ["unet.down_blocks.0.x.to_q.lora_A.weight"], "diffusers with PEFT"),
        ({}, ["unet.down_blocks.0.x.processor.to_q_lora.down.weight"], "diffusers"),
        ({"modelspec.title": "x"}, CHECKPOINT, "Stability's or kohya's scripts (they write ModelSpec)"),
        ({"modelspec.title": "x", "ss_epoch": "1"}, LORA, "kohya's sd-scripts"),
        ({"sd_merge_recipe": "{}", "modelspec.title": "x"}, CHECKPOINT, "the web UI's merge (AUTOMATIC1111)"),
        ({}, [*CHECKPOINT, "model_ema.decay"], "the training scripts of CompVis, Runway or Stability"),
        ({"format": "pt"}, CHECKPOINT, "unknown"),
        ({}, [], "unknown"),
    ],
)
def test_a_script_is_known_by_its_traces(metadata: dict[str, str], names: list[str], maker: str) -> None:
    assert maker_of(metadata, names) == maker


@pytest.mark.parametrize("part", ["text_encoder", "unet", "vae"])
def test_what_the_libraries_save_is_known(pico_folder: Path, part: str) -> None:
    (path,) = (pico_folder / part).glob("*.safetensors")

    with open_weights(path) as file:
        assert maker_of(file.metadata, file.names) == "diffusers or transformers"
