"""The architectures that people publish models of, at their real size: what ships with the package is made for these.

Their configs ship with the package. A model of another size is converted just as well, but its graphs are traced first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from converter.canonical import JsonObject
from converter.graphs import Component, ComponentKind
from converter.models import FAMILIES, Family, Part, graph_config, part_of, pooled_width, shipped

_INPAINT: JsonObject = {"in_channels": 9}
_PIX2PIX: JsonObject = {"in_channels": 8}
_LCM: JsonObject = {"time_cond_proj_dim": 256}
# 2.0 and 2.1-base are published without what 2.1 needs in float16.
_PLAIN_ATTENTION: JsonObject = {"upcast_attention": False}

# architecture <- family, and what its UNet has other than the family's
_VARIANTS: Mapping[str, tuple[str, JsonObject]] = {
    "sd1": ("sd1", {}),
    "sd1-inpaint": ("sd1", _INPAINT),
    "sd1-pix2pix": ("sd1", _PIX2PIX),
    "sd1-lcm": ("sd1", _LCM),
    "sd2": ("sd2", {}),
    "sd2-base": ("sd2", _PLAIN_ATTENTION),
    "sd2-inpaint": ("sd2", _INPAINT),
    "sd2-base-inpaint": ("sd2", {**_INPAINT, **_PLAIN_ATTENTION}),
    "sdxl": ("sdxl", {}),
    "sdxl-inpaint": ("sdxl", _INPAINT),
    "sdxl-pix2pix": ("sdxl", _PIX2PIX),
    "sdxl-lcm": ("sdxl", _LCM),
    "sdxl-refiner": ("sdxl-refiner", {}),
    "sd-x4-upscaler": ("sd-x4-upscaler", {}),
}
_CONTROLLED = ("sd1", "sd1-inpaint", "sd2", "sd2-base", "sdxl")
"""Of which there are ControlNets, so that the UNet is wanted with inputs for one, too."""
_CONTROLNETS = ("sd1", "sd2", "sdxl")


@dataclass(frozen=True)
class Known:
    """An architecture: what its torch classes are made of."""

    name: str
    family: Family
    configs: Mapping[Part, JsonObject]
    """Canonical, as `models.graph_config` gives them."""
    graphs: tuple[ComponentKind, ...]

    def component(self, kind: ComponentKind) -> Component:
        """What one of its graphs is traced from."""
        part = part_of(kind)
        return Component(kind, self.configs[part], pooled_width(part, self.configs))


def known_architecture(name: str) -> Known:
    """One of those that `known_architectures` gives, such as `sdxl-inpaint`."""
    family, other = _VARIANTS[name]
    parts: tuple[Part, ...] = (*FAMILIES[family].encoders, "unet", "vae")
    configs = {part: _config(family, part, other if part == "unet" else {}) for part in parts}
    graphs = (kind for kind in ComponentKind if part_of(kind) in configs)
    wanted = tuple(kind for kind in graphs if kind is not ComponentKind.CNET or name in _CONTROLLED)
    return Known(name, FAMILIES[family], configs, wanted)


def known_architectures() -> Iterator[Known]:
    """Every pipeline that is known, then every ControlNet."""
    yield from map(known_architecture, _VARIANTS)
    for family in _CONTROLNETS:
        yield _controlnet(family)


def _controlnet(family: str) -> Known:
    return Known(
        f"{family}-controlnet",
        FAMILIES[family],
        {"controlnet": _config(family, "controlnet", {})},
        (ComponentKind.CONTROLNET,),
    )


def _config(family: str, part: Part, other: JsonObject) -> JsonObject:
    return graph_config(part, {**shipped(family, part), **other}, f"{family}/{part}")


def known_components() -> dict[str, Component]:
    """Each graph of each of them once, by the first architecture that has it: `sd1-vae_decoder` serves sd2 as well."""
    found: dict[str, Component] = {}
    seen: list[Component] = []
    for known in known_architectures():
        for kind in known.graphs:
            component = known.component(kind)
            if component not in seen:
                seen.append(component)
                found[f"{known.name.removesuffix(f'-{kind}')}-{kind}"] = component
    return found
