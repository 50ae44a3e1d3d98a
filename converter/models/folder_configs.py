"""What the configs of a diffusers folder say about the model: its parts, its family, what its pipeline does."""

from collections.abc import Mapping

from converter.canonical import JsonObject
from converter.models.architectures import FAMILIES, Architecture, Family, architecture_of
from converter.models.configs import CLASSES, Part, shipped
from converter.models.errors import ModelError

_TEXTS: tuple[Part, ...] = ("text_encoder", "text_encoder_2")
_OF_SD = (
    "StableDiffusionPipeline",
    "StableDiffusionImg2ImgPipeline",
    "StableDiffusionInpaintPipeline",
    "StableDiffusionInpaintPipelineLegacy",
    "StableDiffusionInstructPix2PixPipeline",
    "StableDiffusionUpscalePipeline",
    "LatentConsistencyModelPipeline",
    "LatentConsistencyModelImg2ImgPipeline",
)
_OF_SDXL = (
    "StableDiffusionXLPipeline",
    "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLInpaintPipeline",
    "StableDiffusionXLInstructPix2PixPipeline",
)
_FLAGS = ("force_zeros_for_empty_prompt", "max_noise_level", "requires_aesthetics_score")
_PARTS: tuple[Part, ...] = (*_TEXTS, "unet", "vae")
"""Members of a pipeline that are converted."""
_IGNORED = frozenset(
    {"feature_extractor", "image_encoder", "low_res_scheduler", "safety_checker", "scheduler", "watermarker"}
)
"""Members of a pipeline that are read elsewhere, or are no part of the model."""


def parts_of(index: JsonObject, where: str) -> tuple[Part, ...]:
    """The torch models that `model_index.json` lists.

    Raises:
        ModelError: it is another pipeline, or one of its members is of another class.
    """
    class_name = index.get("_class_name")
    if class_name not in (*_OF_SD, *_OF_SDXL):
        raise ModelError(
            f"{where}/model_index.json: the pipeline is {class_name!r}, expected one of Stable Diffusion 1.x, 2.x or "
            f"XL such as {_OF_SD[0]} or {_OF_SDXL[0]}"
        )
    found = {name: _class_of(value) for name, value in index.items() if _class_of(value) is not None}
    for name, class_of_member in found.items():
        if name not in _PARTS and not name.startswith("tokenizer") and name not in _IGNORED:
            raise ModelError(
                f"{where}/model_index.json: found the member {name} ({class_of_member}), expected text encoders, "
                "unet and vae; models with other parts are not built"
            )
    parts = tuple(part for part in _PARTS if part in found)
    for part in ("unet", "vae", *(part for part in _TEXTS if part in found)):
        if found.get(part) != CLASSES[part]:
            shown = found.get(part, None if index.get(part) == [None, None] else index.get(part))
            raise ModelError(f"{where}/model_index.json: {part} is {shown!r}, expected {CLASSES[part]!r}")
    if not any(part in parts for part in _TEXTS):
        raise ModelError(f"{where}/model_index.json: text_encoder is None, expected {CLASSES['text_encoder']!r}")
    return parts


def family_of(configs: Mapping[Part, JsonObject], where: str) -> Family:
    """The family that the canonical configs are of.

    Raises:
        ModelError: of none, or the parts do not fit together.
    """
    unet = configs["unet"]
    for field, known in (("addition_embed_type", (None, "text_time")), ("class_embed_type", (None,))):
        if unet[field] not in known:
            raise ModelError(
                f"{where}: unet/config.json has {field} {unet[field]!r}, expected {' or '.join(map(str, known))}; "
                "models that take other conditions are not built"
            )
    if unet["encoder_hid_dim"] or unet["encoder_hid_dim_type"]:
        raise ModelError(f"{where}: unet/config.json has encoder_hid_dim, which no Stable Diffusion model has")
    family = FAMILIES[_family_name(configs)]
    _require_fitting(family, configs, where)
    return family


def variant_of(family: Family, unet: JsonObject, where: str) -> Architecture:
    """The architecture of a folder.

    Raises:
        ModelError: its UNet takes other inputs than any that is known.
    """
    channels = unet["in_channels"]
    if not isinstance(channels, int):
        raise ModelError(f"{where}: unet/config.json has in_channels {channels!r}, expected a whole number")
    return architecture_of(family, channels, distilled=bool(unet["time_cond_proj_dim"]), where=where)


def published(part: Part, raw: JsonObject, family: Family) -> JsonObject:
    """A config as it is published: with the two fields that clients insist on, if it lacks them."""
    needed = {"unet": ("time_cond_proj_dim",), "vae": ("scaling_factor",)}.get(part, ())
    defaults = shipped(family.name, part) if needed else {}
    return {**raw, **{name: defaults[name] for name in needed if name not in raw}}


def flags_of(index: JsonObject) -> JsonObject:
    """The switches of a pipeline that change what it computes."""
    return {name: index[name] for name in _FLAGS if name in index}


def _class_of(value: object) -> str | None:
    if isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[1], str):
        return value[1]
    return None


def _family_name(configs: Mapping[Part, JsonObject]) -> str:
    unet = configs["unet"]
    if unet["addition_embed_type"] == "text_time":
        return "sdxl" if "text_encoder" in configs else "sdxl-refiner"
    if unet["num_class_embeds"]:
        return "sd-x4-upscaler"
    return "sd2" if unet["use_linear_projection"] else "sd1"


def _require_fitting(family: Family, configs: Mapping[Part, JsonObject], where: str) -> None:
    found, expected = {part for part in configs if part in _TEXTS}, set(family.encoders)
    if found != expected:
        raise ModelError(
            f"{where}: the UNet is that of {family.title}, which has {', '.join(sorted(expected))}; "
            f"model_index.json lists {', '.join(sorted(found))}"
        )
    width = sum(int(str(configs[part]["hidden_size"])) for part in expected)
    if configs["unet"]["cross_attention_dim"] != width:
        raise ModelError(
            f"{where}: the UNet attends to a width of {configs['unet']['cross_attention_dim']}, the text encoder has "
            f"{width}; expected one number, these are parts of two models"
        )
    if family.size_ids:
        _require_added(family, configs, where)


def _require_added(family: Family, configs: Mapping[Part, JsonObject], where: str) -> None:
    unet, pooled = configs["unet"], int(str(configs["text_encoder_2"]["projection_dim"]))
    whole, each = unet["projection_class_embeddings_input_dim"], unet["addition_time_embed_dim"]
    if not isinstance(whole, int) or not isinstance(each, int) or whole != pooled + family.size_ids * each:
        raise ModelError(
            f"{where}: the UNet adds {whole} numbers (projection_class_embeddings_input_dim), expected {pooled} of the "
            f"pooled text and {family.size_ids} times {each} (addition_time_embed_dim)"
        )
