"""ControlNets: a model of their own, which the pipelines of its family take beside their UNet."""

from pathlib import Path

from converter.canonical import JsonObject
from converter.models.architectures import FAMILIES, Family
from converter.models.configs import shipped
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps, controlnet_parameters
from converter.models.model import Model
from converter.models.model_files import LocalFiles, ModelFiles
from converter.models.open_model import checked
from converter.models.original_part import OriginalPart
from converter.models.original_unet import read_blocks
from converter.models.single_part import Alone, Naming, open_alone

_PREFIX = "control_model."
_HINT = "input_hint_block.{}.weight"
_HINT_CONVOLUTIONS = (0, 2, 4, 6, 8, 10, 12)
"""Between them are activations: a convolution in, pairs of which the second halves the image, and one out (14)."""
_OTHERS = ("model.diffusion_model.", "model_ema.", "first_stage_model.", "cond_stage_model.", "conditioner.")


def open_controlnet(place: Path | ModelFiles, key_maps: KeyMaps) -> Model:
    """Open a ControlNet of Stable Diffusion 1.x, 2.x or XL, in diffusers' or the original layout.

    Raises:
        ModelError: it is something else, or of another architecture.
        WeightsError: a weight file is damaged or not what its name says.
    """
    files = LocalFiles(place) if isinstance(place, Path) else place
    found = open_alone(files, _alone(), key_maps)
    try:
        family = _family(found.graph_config, files.name)
    except BaseException:
        found.close()
        raise
    model = Model(
        architecture=f"{family.name}-controlnet",
        title=f"ControlNet for {family.title}",
        layout="original" if found.original else "diffusers",
        configs={"controlnet": found.config},
        graph_configs={"controlnet": found.graph_config},
        state_dicts={"controlnet": found.state},
        tokenizers={},
        schedulers={},
        pipeline=None,
        prediction=None,
        files=found.files,
        leftovers=found.leftovers,
    )
    return checked(model, files.name)


def _alone() -> Alone:
    def naming(prefix: str) -> Naming:
        return Naming(
            prefix,
            "zero_convs.0.0.weight",
            _config,
            lambda shapes, config: controlnet_parameters(shapes, config, prefix),
        )

    return Alone("controlnet", (naming(_PREFIX), naming("")), beside=_OTHERS)


def _config(part: OriginalPart) -> JsonObject:
    """The config of a ControlNet in the original layout, from shapes."""
    family = _family_of_keys(part)
    blocks = read_blocks(part, family)
    added = part.shape("label_emb.0.0.weight", 2)[1] if family.size_ids else None
    hints = [part.shape(_HINT.format(number), 4)[0] for number in _HINT_CONVOLUTIONS]
    return {
        **shipped(family.name, "controlnet"),
        **blocks.config(family),
        "in_channels": part.shape("input_blocks.0.0.weight", 4)[1],
        "conditioning_channels": part.shape(_HINT.format(0), 4)[1],
        "conditioning_embedding_out_channels": hints[::2],
        **({"projection_class_embeddings_input_dim": added} if added else {}),
    }


def _family_of_keys(part: OriginalPart) -> Family:
    if part.has("label_emb.0.0.weight"):
        return FAMILIES["sdxl"]
    attention = next(
        (name for name in sorted(part.shapes) if name.startswith(part.prefix) and name.endswith(".1.proj_in.weight")),
        None,
    )
    if attention is None:
        raise ModelError(f"{part.where}: the ControlNet attends to no text, expected one of Stable Diffusion")
    return FAMILIES["sd2" if len(part.shapes[attention]) == 2 else "sd1"]


def _family(config: JsonObject, where: str) -> Family:
    added, classes = config["addition_embed_type"], config["class_embed_type"]
    if added not in (None, "text_time") or classes is not None or config["num_class_embeds"]:
        raise ModelError(
            f"{where}: the ControlNet takes other conditions (addition_embed_type {added!r}, class_embed_type "
            f"{classes!r}), expected one of Stable Diffusion 1.x, 2.x or XL"
        )
    if config["controlnet_conditioning_channel_order"] != "rgb" or config["in_channels"] != 4:
        raise ModelError(
            f"{where}: the ControlNet takes {config['in_channels']} channels and hints in the order "
            f"{config['controlnet_conditioning_channel_order']!r}, expected 4 and 'rgb'"
        )
    if added:
        _require_pooled(config, where)
        return FAMILIES["sdxl"]
    return FAMILIES["sd2" if config["use_linear_projection"] else "sd1"]


def _require_pooled(config: JsonObject, where: str) -> None:
    """Check that what is added to the time is a pooled text and embeddings of sizes."""
    whole, each = config["projection_class_embeddings_input_dim"], config["addition_time_embed_dim"]
    ids = FAMILIES["sdxl"].size_ids
    if not isinstance(whole, int) or not isinstance(each, int) or whole <= ids * each:
        raise ModelError(
            f"{where}: the ControlNet adds {whole} numbers to the time (projection_class_embeddings_input_dim), "
            f"expected a pooled text and {ids} times {each} (addition_time_embed_dim)"
        )
