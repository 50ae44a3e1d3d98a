"""The model card: `README.md` of a release, with the front matter that the Hub reads. Pure."""

import json
import re

from converter.canonical import JsonObject
from converter.release.manifest import ComponentRecord, Manifest, ParityRecord

_HUB_URI = re.compile(r"huggingface://([^/@]+/[^/@]+)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")
_NUMBERED = re.compile(r"^(\d+)\.")
"""Would begin a list."""


def model_card(manifest: Manifest) -> bytes:
    """The card of a release; text from the registry is quoted, so that it stays text."""
    sections = (_front_matter(manifest), _intro(manifest), _loading(manifest), _parity(manifest), _provenance(manifest))
    return ("\n\n".join(sections) + "\n").encode()


def escaped(text: str) -> str:
    """`text` as Markdown that renders as itself, on one line."""
    return _NUMBERED.sub(r"\1\\.", _SPECIAL.sub(r"\\\1", " ".join(text.split())))


def readable_size(size_bytes: int) -> str:
    """`4.27 GB`, in powers of ten as the Hub counts."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def _front_matter(manifest: Manifest) -> str:
    """YAML whose strings are written as JSON, which YAML contains: nothing can break out of them."""
    base = _HUB_URI.match(manifest.source.uri)
    fields = [
        *([f"license: {json.dumps(manifest.asked['license'])}"] if "license" in manifest.asked else []),
        *([f"base_model: {json.dumps(base.group(1))}"] if base else []),
        "library_name: onnx",
        "pipeline_tag: text-to-image",
        "tags:",
        *(f"- {tag}" for tag in ("onnx", "onnxruntime", "stable-diffusion", "text-to-image")),
    ]
    return "\n".join(["---", *fields, "---"])


def _intro(manifest: Manifest) -> str:
    title = _asked_text(manifest.asked, "label") or manifest.name
    lines = [f"# {escaped(title)}"]
    description = _asked_text(manifest.asked, "description")
    if description:
        lines.append(escaped(description))
    lines.append(
        f"Release `{manifest.tag}`: Stable Diffusion 1.x as ONNX, {manifest.precision}, opset 18, "
        f"{readable_size(manifest.size_bytes)}. "
        f"Image sizes must be multiples of {manifest.model.image_multiple} pixels. There is no safety checker."
    )
    return "\n\n".join(lines)


def _loading(manifest: Manifest) -> str:
    return f"""## How to load it

```python
from huggingface_hub import snapshot_download
import onnxruntime

repository = "ORG/ZOO"  # the Hub repository that this card is in
folder = snapshot_download(repository, revision="{manifest.tag}")
options = onnxruntime.SessionOptions()
# ENABLE_ALL would rewrite each convolution while loading: seconds more, and gigabytes.
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
unet = onnxruntime.InferenceSession(f"{{folder}}/unet/model.onnx", options)
```

The folder is also one that optimum's `ORTStableDiffusionPipeline.from_pretrained(repository,
revision="{manifest.tag}")`, diffusers' `OnnxStableDiffusionPipeline` and onnx-web read.
To check a copy: `sha256sum -c SHA256SUMS` inside the folder."""


def _parity(manifest: Manifest) -> str:
    head = "## Compared with PyTorch"
    if not manifest.measured:
        return f"{head}\n\nNot measured: this folder was made without the comparison, and is not to be published."
    rows = [_parity_row(component, parity) for component in manifest.components for parity in component.parity]
    limits = f"at most {manifest.limits['max_abs']:g}, at least {manifest.limits['psnr_db']:g} dB"
    return "\n".join(
        [
            head,
            "",
            f"Each component was run in onnxruntime and in PyTorch on the same seeded inputs; the limits are {limits}.",
            "",
            "| component | inputs | largest error | PSNR |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _parity_row(component: ComponentRecord, parity: ParityRecord) -> str:
    shapes = ", ".join("x".join(map(str, shape)) for shape in parity.shapes.values())
    ratio = "equal" if parity.psnr_db is None else f"{parity.psnr_db:.1f} dB"
    return f"| {component.name} | {shapes} | {parity.max_abs:.2g} | {ratio} |"


def _provenance(manifest: Manifest) -> str:
    commit = f" at commit `{manifest.source.commit}`" if manifest.source.commit else ""
    files = "\n".join(
        f"| {escaped(file.path)} | {readable_size(file.size_bytes)} | `{file.sha256}` |"
        for file in manifest.source.files
    )
    components = "\n".join(
        f"| {c.name} | {c.nodes} | {c.parameters} | {readable_size(c.size_bytes)} |" for c in manifest.components
    )
    model = f"{manifest.model.layout} layout, {manifest.model.parameters:,} parameters"
    return f"""## Where it comes from

Source: {escaped(manifest.source.uri)}{commit}, {model}.

| source file | size | SHA-256 |
|---|---|---|
{files}

| component | nodes | tensors | weights |
|---|---|---|---|
{components}

`manifest.json` has what was asked, fetched, traced, bound and measured; recipe {manifest.recipe}, fingerprint
`{manifest.fingerprint}`."""


def _asked_text(asked: JsonObject, field: str) -> str:
    value = asked.get(field, "")
    return value if isinstance(value, str) else ""
