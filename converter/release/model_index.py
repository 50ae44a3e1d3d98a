"""`model_index.json`: what pipelines read first. Pure."""

from collections.abc import Collection, Mapping

from converter.canonical import JsonObject, JsonValue

_ONNX = ["diffusers", "OnnxRuntimeModel"]
_NONE = [None, None]
_UPSCALER = "StableDiffusionUpscalePipeline"
_NO_MEMBERS = frozenset({"cnet"})
# The version whose classes the folder was tried with; a newer one would make older clients warn.
_DIFFUSERS_VERSION = "0.39.0"


def model_index(pipeline: str, flags: JsonObject, graphs: Collection[str], others: Mapping[str, str]) -> JsonObject:
    """The index of a pipeline's folder.

    optimum reads the torch name of the pipeline, the scheduler and the tokenizer, and wants `unet` not to be null;
    diffusers' ONNX classes want `OnnxRuntimeModel` for each graph. There is no `vae`: its two halves are graphs of
    their own.

    Args:
        pipeline: diffusers' class.
        flags: its switches.
        graphs: folders of the graphs; one that only a ControlNet needs is no member of the pipeline.
        others: folders of schedulers and tokenizers, and their classes.
    """
    index: dict[str, JsonValue] = {
        "_class_name": pipeline,
        "_diffusers_version": _DIFFUSERS_VERSION,
        **flags,
        "feature_extractor": _NONE,
        **_safety_checker(pipeline),
    }
    for folder, class_name in others.items():
        index[folder] = ["transformers" if folder.startswith("tokenizer") else "diffusers", class_name]
    if "text_encoder_2" in graphs and "text_encoder" not in graphs:
        index |= {"text_encoder": _NONE, "tokenizer": _NONE}
    index |= {folder: _ONNX for folder in graphs if folder not in _NO_MEMBERS}
    return dict(sorted(index.items()))


def torch_model_index(pipeline: str, flags: JsonObject, members: Mapping[str, tuple[str, str]]) -> JsonObject:
    """The index of a diffusers folder.

    Args:
        pipeline: diffusers' class.
        flags: its switches.
        members: folder to library and class.
    """
    index: dict[str, JsonValue] = {
        "_class_name": pipeline,
        "_diffusers_version": _DIFFUSERS_VERSION,
        **flags,
        **{folder: list(member) for folder, member in members.items()},
    }
    if pipeline.startswith("StableDiffusionXL"):
        # The refiner has neither; a member that the index does not name would be looked for.
        absent = [name for name in ("text_encoder", "tokenizer") if name not in members]
    elif pipeline == _UPSCALER:
        absent = ["safety_checker"]
    else:
        absent = ["feature_extractor", "safety_checker"]
        index["requires_safety_checker"] = False
    return dict(sorted({**index, **dict.fromkeys(absent, _NONE)}.items()))


def _safety_checker(pipeline: str) -> JsonObject:
    """Pipelines of Stable Diffusion XL know no safety checker."""
    if pipeline.startswith("StableDiffusionXL"):
        return {}
    return {"requires_safety_checker": False, "safety_checker": _NONE}
