"""`model_index.json`: what pipelines read first. Pure."""

from converter.canonical import JsonObject, JsonValue

_ONNX = ["diffusers", "OnnxRuntimeModel"]
_NONE = [None, None]
# The version whose classes the folder was tried with; a newer one would make older clients warn.
_DIFFUSERS_VERSION = "0.39.0"


def model_index(scheduler: JsonObject) -> JsonObject:
    """The index of a Stable Diffusion 1.x folder.

    optimum reads the torch name of the pipeline, the scheduler and the tokenizer, and wants `unet` not to be null;
    diffusers' ONNX classes want `OnnxRuntimeModel` for each graph. There is no `vae`: its two halves are graphs of
    their own.
    """
    index: dict[str, JsonValue] = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": _DIFFUSERS_VERSION,
        "feature_extractor": _NONE,
        "requires_safety_checker": False,
        "safety_checker": _NONE,
        "scheduler": ["diffusers", scheduler["_class_name"]],
        "text_encoder": _ONNX,
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": _ONNX,
        "vae_decoder": _ONNX,
        "vae_encoder": _ONNX,
    }
    return index
