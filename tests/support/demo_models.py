"""The demo's models: one small Stable Diffusion 1.x model made from a seed, in both shapes, and a registry for them.

python -m tests.support.demo_models FOLDER
"""

import json
import sys
from pathlib import Path

from tests.support.sd1_models import pico, write_checkpoint, write_folder


def main(folder: Path) -> None:
    write_folder(pico(seed=7), folder / "models" / "demo-folder")
    write_checkpoint(pico(seed=7), folder / "models" / "demo.safetensors")
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
        ]
    }
    (folder / "registry").mkdir()
    (folder / "registry" / "extras.json").write_text(json.dumps(registry, indent=2) + "\n")


main(Path(sys.argv[1]))
