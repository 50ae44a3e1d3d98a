"""Images from a release: onnxruntime runs its graphs, diffusers' schedulers say what each step does.

Main types: `RenderModel`, a release that has been looked at; `Job`, one image that is wanted, of which `Settings` say
how and a `Task` from what; `render` makes the images. No PyTorch model is run; torch is there because the schedulers
compute with it. This room knows no hub, and writes no file: it returns images, and the bytes of a PNG.
"""

from converter.render.errors import RenderError
from converter.render.graph import Device, Graphs, Runs, graphs_of
from converter.render.images import image_array, mask_array, png_bytes, read_picture
from converter.render.job import ImageToImage, Inpainting, Job, Settings, Task, TextToImage
from converter.render.model import RenderModel, model_of, open_model, other_pipeline
from converter.render.run import Studio, render
from converter.render.sheet import beside, sheet, sheet_settings

__all__ = [
    "Device",
    "Graphs",
    "ImageToImage",
    "Inpainting",
    "Job",
    "RenderError",
    "RenderModel",
    "Runs",
    "Settings",
    "Studio",
    "Task",
    "TextToImage",
    "beside",
    "graphs_of",
    "image_array",
    "mask_array",
    "model_of",
    "open_model",
    "other_pipeline",
    "png_bytes",
    "read_picture",
    "render",
    "sheet",
    "sheet_settings",
]
