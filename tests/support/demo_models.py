"""The demo's models: one small Stable Diffusion 1.x model made from a seed, in both shapes, a LoRA and a Textual
Inversion for it, and a registry for them.

python -m tests.support.demo_models FOLDER
"""

import json
import sys
from pathlib import Path

from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.sd1_models import pico, write_checkpoint, write_folder


def main(folder: Path) -> None:
    write_folder(pico(seed=7), folder / "models" / "demo-folder")
    write_checkpoint(pico(seed=7), folder / "models" / "demo.safetensors")
    write_kohya_lora(pico(seed=7), folder / "models" / "watercolour.safetensors")
    width = int(pico().configs["text_encoder"]["hidden_size"])
    write_inversion({"text_encoder": width}, folder / "models" / "goblin.safetensors")
    common = {"license": "mit", "description": "Random weights from a seed, in the shapes of Stable Diffusion 1.x."}
    registry = {
        "diffusion": [
            {"name": "demo-diffusers", "source": "./models/demo-folder", "label": "Demo, from a folder", **common},
            {
                "name": "demo-original",
                "source": "./models/demo.safetensors",
                "format": "safetensors",
                "label": "Demo, from a checkpoint",
                **common,
            },
            {
                "name": "demo-blended",
                "source": "./models/demo.safetensors",
                "label": "Demo, with a LoRA and a Textual Inversion",
                "loras": [{"name": "watercolour", "source": "./models/watercolour.safetensors", "weight": 0.6}],
                "inversions": [{"name": "goblin", "source": "./models/goblin.safetensors"}],
                **common,
            },
        ]
    }
    (folder / "registry").mkdir()
    (folder / "registry" / "extras.json").write_text(json.dumps(registry, indent=2) + "\n")


main(Path(sys.argv[1]))
