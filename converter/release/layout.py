"""The folder that is published: which files it has. Pure."""

from converter.release.manifest import MANIFEST_NAME

COMPONENTS = ("text_encoder", "unet", "vae_encoder", "vae_decoder")
CARD_NAME = "README.md"


def required_files() -> frozenset[str]:
    """What every release of Stable Diffusion 1.x has; its tokenizer may have more."""
    graphs = (f"{part}/{name}" for part in COMPONENTS for name in ("config.json", "model.onnx", "weights.pb"))
    tokenizer = (f"tokenizer/{name}" for name in ("merges.txt", "tokenizer_config.json", "vocab.json"))
    return frozenset(
        {MANIFEST_NAME, CARD_NAME, "model_index.json", "scheduler/scheduler_config.json", *graphs, *tokenizer}
    )
