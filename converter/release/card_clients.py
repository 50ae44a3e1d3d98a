"""How each client loads a release: the code of the model card. Pure.

The blocks run as they stand once `ORG/ZOO` is the repository that the release is in; a test runs them.
"""

from collections.abc import Mapping

from converter.release.manifest import Manifest

_REPOSITORY = "ORG/ZOO"
# What optimum-onnx 0.1.0 and diffusers 0.42 have a class for, by the torch class in `model_index.json`.
_OPTIMUM = {
    "StableDiffusionPipeline": "ORTStableDiffusionPipeline",
    "StableDiffusionInpaintPipeline": "ORTStableDiffusionInpaintPipeline",
    "LatentConsistencyModelPipeline": "ORTLatentConsistencyModelPipeline",
    "StableDiffusionXLPipeline": "ORTStableDiffusionXLPipeline",
    "StableDiffusionXLInpaintPipeline": "ORTStableDiffusionXLInpaintPipeline",
    "StableDiffusionXLImg2ImgPipeline": "ORTStableDiffusionXLImg2ImgPipeline",
}
_DIFFUSERS = {
    "StableDiffusionPipeline": "OnnxStableDiffusionPipeline",
    "StableDiffusionInpaintPipeline": "OnnxStableDiffusionInpaintPipeline",
}
# The pipelines of onnx-web 0.12 that take such a model; of OnnxStack, the class that makes one.
_ONNX_WEB = ("StableDiffusionPipeline", "StableDiffusionInpaintPipeline", "StableDiffusionXLPipeline")
_ONNX_STACK = {
    "StableDiffusionPipeline": "StableDiffusionPipeline",
    "StableDiffusionXLPipeline": "StableDiffusionXLPipeline",
}
_NEEDS_AN_IMAGE = ("Inpaint", "Img2Img")


def clients_section(manifest: Manifest) -> str:
    """Who else reads the folder, and how; empty where no client has a class for the pipeline."""
    pipeline = manifest.model.pipeline or ""
    found = (
        _python("optimum", "optimum.onnxruntime", _OPTIMUM, manifest),
        _python("diffusers", "diffusers", _DIFFUSERS, manifest),
        # It pins an onnxruntime that is older than any that a release asks for.
        _onnx_web(manifest) if pipeline in _ONNX_WEB and not manifest.minimum_onnxruntime else "",
        _onnx_stack(_ONNX_STACK[pipeline]) if pipeline in _ONNX_STACK else "",
    )
    return "\n\n".join(filter(None, found))


def _python(title: str, library: str, classes: Mapping[str, str], manifest: Manifest) -> str:
    kind = classes.get(manifest.model.pipeline or "")
    if kind is None:
        return ""
    lines = [
        f"from {library} import {kind}",
        "",
        f"pipeline = {kind}.from_pretrained(",
        f'    "{_REPOSITORY}", revision="{manifest.tag}", provider="CPUExecutionProvider"',
        ")",
        *([] if any(word in kind for word in _NEEDS_AN_IMAGE) else _image()),
    ]
    return "\n".join([f"With {title}, by its class `{kind}`:", "", "```python", *lines, "```"])


def _image() -> list[str]:
    return ['image = pipeline("a red fox in the snow", num_inference_steps=20).images[0]', 'image.save("fox.png")']


def _onnx_web(manifest: Manifest) -> str:
    blends = " It can blend LoRAs and Textual Inversions into it while it runs." if manifest.runtime_blending else ""
    command = f"hf download {_REPOSITORY} --revision {manifest.tag} --local-dir models/diffusion-{manifest.name}"
    return f"With onnx-web, into its folder of models, under a name without a dot.{blends}\n\n```shell\n{command}\n```"


def _onnx_stack(kind: str) -> str:
    return f"With OnnxStack (C#), from the downloaded folder: `{kind}.CreatePipeline(folder)`."
