"""The model card: `README.md` of a release, with the front matter that the Hub reads. Pure."""

import json
import re

from converter.canonical import JsonObject
from converter.release.card_blends import blends_section
from converter.release.card_clients import clients_section
from converter.release.card_comparison import components_compared, on_device, pipeline_lines
from converter.release.card_fused import fused_section
from converter.release.card_images import images_section
from converter.release.card_text import escaped, ratio_text, readable_size
from converter.release.manifest import Manifest
from converter.release.records import ComponentRecord, ParityRecord, SourceRecord

_HUB_URI = re.compile(r"huggingface://([^/@]+/[^/@]+)")


def model_card(manifest: Manifest) -> bytes:
    """The card of a release; text from the registry is quoted, so that it stays text."""
    sections = (
        _front_matter(manifest),
        _intro(manifest),
        blends_section(manifest),
        fused_section(manifest),
        _loading(manifest),
        images_section(manifest),
        _parity(manifest),
        _provenance(manifest),
    )
    return ("\n\n".join(filter(None, sections)) + "\n").encode()


def _front_matter(manifest: Manifest) -> str:
    """YAML whose strings are written as JSON, which YAML contains: nothing can break out of them."""
    base = _HUB_URI.match(manifest.source.uri)
    fields = [
        *([f"license: {json.dumps(manifest.asked['license'])}"] if "license" in manifest.asked else []),
        *([f"base_model: {json.dumps(base.group(1))}"] if base else []),
        "library_name: onnx",
        f"pipeline_tag: {task_of(manifest)}",
        "tags:",
        *(f"- {tag}" for tag in ("onnx", "onnxruntime", *_families(manifest), task_of(manifest))),
    ]
    return "\n".join(["---", *fields, "---"])


def task_of(manifest: Manifest) -> str:
    """The Hub's word for what the model is for."""
    name = manifest.model.architecture
    takes_an_image = any(word in name for word in ("inpaint", "pix2pix", "refiner", "upscaler", "controlnet"))
    return "image-to-image" if takes_an_image else "text-to-image"


def _families(manifest: Manifest) -> tuple[str, ...]:
    xl = ("stable-diffusion-xl",) if manifest.model.architecture.startswith("sdxl") else ()
    control = ("controlnet",) if manifest.model.architecture.endswith("controlnet") else ()
    return ("stable-diffusion", *xl, *control)


def _intro(manifest: Manifest) -> str:
    title = _asked_text(manifest.asked, "label") or manifest.name
    lines = [f"# {escaped(title)}"]
    description = _asked_text(manifest.asked, "description")
    if description:
        lines.append(escaped(description))
    lines.append(
        f"Release `{manifest.tag}`: {manifest.model.title} as ONNX, {manifest.precision}, "
        f"{'fused, ' if manifest.fused else ''}opset 18, "
        f"{readable_size(manifest.size_bytes)}. {_exceptions(manifest)}{_predicts(manifest)}"
        f"Image sizes must be multiples of {manifest.model.image_multiple} pixels. There is no safety checker."
    )
    lines.extend(_limitations(manifest))
    return "\n\n".join(lines)


_REASONS = {
    "fp16": "almost none of their weights are those of linear layers, which are what int8 stores in 8 bits",
    "fp32": "numbers overflow in float16 there",
}
"""Why a component is in another precision than its release."""
_NEEDS = "It needs {} or later: older versions refuse its operators, or fail as they run them."
_NO_BLENDING = (
    "No client can blend a LoRA or a Textual Inversion into it while loading it, as onnx-web does: its weights "
    "are stored in another form. What the registry asked for is blended in already; for more, use a release in fp32 "
    "or fp16."
)


def _exceptions(manifest: Manifest) -> str:
    """Which components compute in another precision than the release's."""
    return "".join(
        f"In {precision} as a whole, because {reason}: {', '.join(names)}. "
        for precision, reason in _REASONS.items()
        if precision != manifest.precision
        and (names := [f"`{each.name}`" for each in manifest.components if each.precision == precision])
    )


def _limitations(manifest: Manifest) -> tuple[str, ...]:
    """What keeps a client from it, a paragraph each."""
    oldest = manifest.minimum_onnxruntime
    return (
        *((_NEEDS.format(escaped(f"onnxruntime {oldest}")),) if oldest else ()),
        *(() if manifest.runtime_blending else (_NO_BLENDING,)),
    )


def _predicts(manifest: Manifest) -> str:
    model = manifest.model
    if model.prediction_type in (None, "epsilon") and not model.zero_terminal_snr:
        return ""
    schedule = ", on a noise schedule with zero terminal signal-to-noise ratio" if model.zero_terminal_snr else ""
    return f"It predicts {escaped(str(model.prediction_type))}{schedule}: use the scheduler of this folder. "


def _loading(manifest: Manifest) -> str:
    graph = "unet" if "unet" in manifest.graphs else manifest.graphs[0]
    clients = f"{others}\n\n" if (others := clients_section(manifest)) else ""
    return f"""## How to load it

```python
from huggingface_hub import snapshot_download
import onnxruntime

repository = "ORG/ZOO"  # the Hub repository that this card is in
folder = snapshot_download(repository, revision="{manifest.tag}")
options = onnxruntime.SessionOptions()
# ENABLE_ALL would rewrite each convolution while loading: seconds more, and gigabytes.
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
{graph} = onnxruntime.InferenceSession(f"{{folder}}/{graph}/model.onnx", options)
```

{clients}To check a copy: `sha256sum -c SHA256SUMS` inside the folder."""


def _parity(manifest: Manifest) -> str:
    head = f"## Compared with {manifest.compared_with}"
    if not manifest.measured:
        return f"{head}\n\nNot measured: this folder was made without the comparison, and is not to be published."
    rows = [_parity_row(component, parity) for component in manifest.components for parity in component.parity]
    largest = f"at most {manifest.limits['max_abs']:g}, " if "max_abs" in manifest.limits else ""
    limits = f"{largest}at least {manifest.limits['psnr_db']:g} dB"
    return "\n".join(
        [
            head,
            "",
            f"{components_compared(manifest)} on the same seeded inputs{on_device(manifest)}; the limits are {limits}.",
            "",
            "| component | inputs | largest error | PSNR |",
            "|---|---|---|---|",
            *rows,
            *pipeline_lines(manifest),
        ]
    )


def _parity_row(component: ComponentRecord, parity: ParityRecord) -> str:
    shapes = ", ".join("x".join(map(str, shape)) for shape in parity.shapes.values())
    return f"| {component.name} | {shapes} | {parity.max_abs:.2g} | {ratio_text(parity.psnr_db)} |"


def _provenance(manifest: Manifest) -> str:
    files = "\n".join(
        f"| {source.role} | {escaped(file.path)} | {readable_size(file.size_bytes)} | `{file.sha256}` |"
        for source in manifest.sources
        for file in source.files
    )
    components = "\n".join(
        f"| {c.name} | {c.nodes} | {c.parameters} | {readable_size(c.size_bytes)} |" for c in manifest.components
    )
    model = f"{manifest.model.layout} layout, {manifest.model.parameters:,} parameters"
    sources = "\n".join(f"- {source.role}: {_place(source)}" for source in manifest.sources[1:])
    others = f"\nBesides:\n\n{sources}\n" if sources else ""
    return f"""## Where it comes from

Source: {_place(manifest.source)}, {model}.
{others}
| for | source file | size | SHA-256 |
|---|---|---|---|
{files}

| component | nodes | tensors | weights |
|---|---|---|---|
{components}

`manifest.json` has what was asked, fetched, traced, bound and measured; recipe {manifest.recipe}, fingerprint
`{manifest.fingerprint}`."""


def _place(source: SourceRecord) -> str:
    commit = f" at commit `{source.commit}`" if source.commit else ""
    return f"{escaped(source.uri)}{commit}"


def _asked_text(asked: JsonObject, field: str) -> str:
    value = asked.get(field, "")
    return value if isinstance(value, str) else ""
