"""Original checkpoints (CompVis' and Stability's layout, one file): from keys and shapes to configs and state dicts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from converter.canonical import JsonObject
from converter.listing import first_ten
from converter.models.architectures import FAMILIES, Architecture, Family, architecture_of
from converter.models.averages import averaged
from converter.models.configs import Part, graph_config, shipped
from converter.models.errors import ModelError
from converter.models.key_map import UNET, KeyMaps, Parameters, unet_parameters, vae_parameters
from converter.models.leftovers import is_leftover
from converter.models.model import Model, Pipeline
from converter.models.original_part import OriginalPart
from converter.models.original_text import text_config, text_leftovers, text_parameters, text_part
from converter.models.original_unet import unet_config
from converter.models.original_vae import PREFIX as VAE
from converter.models.original_vae import vae_config
from converter.models.prediction import Prediction, decide, evidence_of_file, scheduler_for
from converter.models.said import Said, require_agreed
from converter.models.signatures import Shapes, recognise
from converter.models.state_dict import StateDict, TensorRef
from converter.models.tokenizer import tokenizers_of
from converter.weights import WeightFile

_FLAGS: Mapping[str, JsonObject] = {
    "sdxl": {"force_zeros_for_empty_prompt": True},
    "sdxl-refiner": {"force_zeros_for_empty_prompt": False, "requires_aesthetics_score": True},
    "sd-x4-upscaler": {"max_noise_level": 350},
}
"""By family, as the folders on the Hub have them."""
_SD2_SAMPLE, _SD2_BASE_IMAGE = 96, 512
"""Latents of Stable Diffusion 2, and pixels of 2.0-base, which was trained on smaller images."""


def open_checkpoint(file: WeightFile, key_maps: KeyMaps, said: Said) -> Model:
    """The model in a single-file checkpoint, which closes the file, also on failure.

    Raises:
        ModelError: it is another architecture, contradicts what is said, or has keys that nothing uses.
    """
    try:
        return _Checkpoint.recognised(file).model(key_maps, said)
    except BaseException:
        file.close()
        raise


@dataclass(frozen=True)
class _Checkpoint:
    """A file whose family is known."""

    file: WeightFile
    shapes: Shapes
    family: Family
    averages: Mapping[str, str]
    """Key of a plain weight to that of its average."""

    @property
    def where(self) -> str:
        return self.file.name

    @staticmethod
    def recognised(file: WeightFile) -> "_Checkpoint":
        shapes = {name: file.info(name).shape for name in file.names}
        family = FAMILIES[recognise(shapes, file.name).name]
        return _Checkpoint(file, shapes, family, averaged(shapes, file.name))

    def model(self, key_maps: KeyMaps, said: Said) -> Model:
        configs = self._configs()
        graph_configs = {part: graph_config(part, config, self.where) for part, config in configs.items()}
        architecture = self._architecture(graph_configs["unet"])
        require_agreed(said, architecture, self.where)
        evidence = evidence_of_file(self.shapes, self.file.metadata)
        prediction = decide(self.family, said, evidence, self.where)
        state_dicts = self._state_dicts(key_maps, graph_configs)
        return Model(
            architecture=architecture.name,
            title=architecture.title,
            layout="original-ema" if self.averages else "original",
            configs={**configs, "unet": _sized(configs, said.image_size or self._spoken_size(), prediction)},
            graph_configs=graph_configs,
            state_dicts=state_dicts,
            tokenizers=tokenizers_of(self.family.name),
            schedulers=_schedulers(architecture, prediction),
            pipeline=Pipeline(architecture.pipeline, _FLAGS.get(self.family.name, {})),
            prediction=prediction,
            files={self.file.name: self.file},
            leftovers=self._leftovers(state_dicts),
            control=said.control,
        )

    def _configs(self) -> dict[Part, JsonObject]:
        texts: dict[Part, JsonObject] = {
            part: text_config(self._text(part), kind, self.family.name, part)
            for part, (kind, _) in self.family.encoders.items()
        }
        pooled = texts.get("text_encoder_2", {}).get("projection_dim")
        unet = unet_config(self._part(UNET), self.family, int(str(pooled)) if pooled else None)
        return {**texts, "unet": unet, "vae": vae_config(self._part(VAE), self.family.name)}

    def _architecture(self, unet: JsonObject) -> Architecture:
        distilled = bool(unet["time_cond_proj_dim"])
        return architecture_of(self.family, int(str(unet["in_channels"])), distilled=distilled, where=self.where)

    def _spoken_size(self) -> int | None:
        """Width and height of the images in pixels, where the file says that they are square (ModelSpec)."""
        said = re.fullmatch(r"(\d{2,4})x\1", self.file.metadata.get("modelspec.resolution", ""))
        return int(said[1]) if said else None

    def _part(self, prefix: str) -> OriginalPart:
        return OriginalPart(self.shapes, prefix, self.where)

    def _text(self, part: Part) -> OriginalPart:
        return text_part(self.shapes, *self.family.encoders[part], self.where)

    def _state_dicts(self, key_maps: KeyMaps, configs: Mapping[Part, JsonObject]) -> dict[Part, StateDict]:
        shapes = self._parameters()
        texts = {
            part: text_parameters(
                text_part(shapes, kind, prefix, self.where), kind, int(str(configs[part]["num_hidden_layers"]))
            )
            for part, (kind, prefix) in self.family.encoders.items()
        }
        mapped: dict[Part, Parameters] = {
            **texts,
            "unet": self._mapped("unet", UNET, shapes, configs, key_maps),
            "vae": self._mapped("vae", VAE, shapes, configs, key_maps),
        }
        return {part: self._state_dict(parameters) for part, parameters in mapped.items()}

    def _mapped(
        self,
        part: Literal["unet", "vae"],
        prefix: str,
        shapes: Shapes,
        configs: Mapping[Part, JsonObject],
        key_maps: KeyMaps,
    ) -> Parameters:
        own = {name: shape for name, shape in shapes.items() if name.startswith(prefix)}
        make = unet_parameters if part == "unet" else vae_parameters
        try:
            return key_maps.get(part, own, configs[part], lambda: make(own, configs[part]))
        except ModelError as error:
            where = f"{self.where}: "
            raise ModelError(where + str(error).removeprefix(where)) from error

    def _state_dict(self, mapped: Parameters) -> StateDict:
        return StateDict(
            {
                target: TensorRef(
                    self.file, self.averages.get(source.key, source.key), source.shape, source.rows, source.transposed
                )
                for target, source in mapped.items()
            }
        )

    def _parameters(self) -> Shapes:
        """Without what belongs to training; averages have the shapes of the plain weights, and unknown names."""
        without = {*self.averages.values(), *self._spare()}
        return {name: shape for name, shape in self.shapes.items() if not is_leftover(name) and name not in without}

    def _spare(self) -> tuple[str, ...]:
        """Layers that a text encoder has and the model does not use."""
        kinds = ((part, kind) for part, (kind, _) in self.family.encoders.items())
        return tuple(name for part, kind in kinds for name in text_leftovers(self._text(part), kind))

    def _leftovers(self, state_dicts: Mapping[Part, StateDict]) -> tuple[str, ...]:
        spare = self._spare()
        used = {ref.key for part in state_dicts.values() for ref in part.refs.values()}
        self._require_all_used(set(self.shapes) - used - self.averages.keys() - set(spare))
        replaced = (f"{UNET}*",) if self.averages else ()
        return (*sorted(name for name in self.shapes if is_leftover(name)), *spare, *replaced)

    def _require_all_used(self, unused: Iterable[str]) -> None:
        unexpected = sorted(name for name in unused if not is_leftover(name))
        if unexpected:
            counted = "1 unexpected key" if len(unexpected) == 1 else f"{len(unexpected)} unexpected keys"
            raise ModelError(
                f"{self.where}: {counted}: {first_ten(unexpected)}; expected only the parameters of "
                f"{self.family.title} and known leftovers of training. Was something merged into the file?"
            )


def _schedulers(architecture: Architecture, prediction: Prediction) -> Mapping[str, JsonObject]:
    family = architecture.family.name
    own = architecture.name.removeprefix(family).rpartition("-")[2]
    # Instruct-pix2pix of XL came with the scheduler of its base.
    special = own == "lcm" or (own == "pix2pix" and family != "sdxl")
    scheduler = shipped("schedulers", own) if special else _family_scheduler(family, prediction)
    low_res = {"low_res_scheduler": shipped(family, "low_res_scheduler")} if family == "sd-x4-upscaler" else {}
    return {"scheduler": scheduler_for(scheduler, prediction), **low_res}


def _family_scheduler(family: str, prediction: Prediction) -> JsonObject:
    # Stable Diffusion 2.0-base came with the scheduler of 1.x, its successors that predict v with another.
    base = family == "sd2" and prediction.prediction_type == "epsilon"
    return shipped("sd1" if base else family, "scheduler")


def _sized(configs: Mapping[Part, JsonObject], image_size: int | None, prediction: Prediction) -> JsonObject:
    """The published config of the UNet, with the size of its images where that is known; no graph depends on it."""
    unet, blocks = configs["unet"], configs["vae"]["block_out_channels"]
    base = unet.get("sample_size") == _SD2_SAMPLE and prediction.prediction_type == "epsilon"
    size = image_size or (_SD2_BASE_IMAGE if base else None)
    if size is None or not isinstance(blocks, list):
        return unet
    return {**unet, "sample_size": size // 2 ** (len(blocks) - 1)}
