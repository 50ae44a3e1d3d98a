"""Trace Stable Diffusion 1.5's four graphs into a fresh store, and print seconds and memory of each as JSON.

python -m tests.bench.trace_sd15 FOLDER
"""

import json
import resource
import sys
import time
from pathlib import Path

from converter.graphs import Component, ComponentKind, TemplateStore
from converter.models.configs import Part, graph_config, shipped

PARTS: dict[ComponentKind, Part] = {
    ComponentKind.TEXT_ENCODER: "text_encoder",
    ComponentKind.UNET: "unet",
    ComponentKind.VAE_ENCODER: "vae",
    ComponentKind.VAE_DECODER: "vae",
}


def main(folder: Path) -> None:
    store = TemplateStore(folder)
    seconds = {}
    started = time.monotonic()
    # Importing torch and diffusers is part of a cold start, and belongs to no component.
    import diffusers  # noqa: F401
    import transformers  # noqa: F401

    seconds["imports"] = time.monotonic() - started
    for kind, part in PARTS.items():
        component = Component(kind, graph_config(part, shipped("sd1", part), part))
        started = time.monotonic()
        template = store.get(component)
        seconds[f"{kind} ({template.nodes} nodes)"] = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "resident_bytes": peak}))


main(Path(sys.argv[1]))
