"""The closed lists of words that an entry's fields take."""

from enum import StrEnum


class Format(StrEnum):
    """How a file of weights is stored; guessed from the source when absent."""

    BIN = "bin"
    CKPT = "ckpt"
    ONNX = "onnx"
    PT = "pt"
    PTH = "pth"
    SAFETENSORS = "safetensors"
    ZIP = "zip"


class Precision(StrEnum):
    """In which numbers the release stores and computes."""

    FP32 = "fp32"
    FP16_INTERNAL = "fp16-internal"
    """Weights and operators in float16, inputs and outputs in float32."""
    FP16 = "fp16"
    INT8 = "int8"


class Optimize(StrEnum):
    """Which operators are fused."""

    NONE = "none"
    FUSED = "fused"
    FUSED_CUDA = "fused-cuda"


class PredictionType(StrEnum):
    """What the UNet predicts, in diffusers' words."""

    EPSILON = "epsilon"
    V_PREDICTION = "v_prediction"
    SAMPLE = "sample"


class ModelVersion(StrEnum):
    """Generation of Stable Diffusion."""

    V1 = "v1"
    V2 = "v2"
    V2_1 = "v2.1"


class Pipeline(StrEnum):
    """What a diffusion model is for; the union of what onnx-web's guide, schema and code know."""

    ARCHIVE = "archive"
    CONTROLNET = "controlnet"
    IMG2IMG = "img2img"
    IMG2IMG_SDXL = "img2img-sdxl"
    INPAINT = "inpaint"
    LPW = "lpw"
    PANORAMA = "panorama"
    PIX2PIX = "pix2pix"
    TXT2IMG = "txt2img"
    TXT2IMG_LEGACY = "txt2img-legacy"
    TXT2IMG_SDXL = "txt2img-sdxl"
    UPSCALE = "upscale"
    UPSCALING = "upscaling"


class UpscalingModel(StrEnum):
    """Network of an upscaler."""

    BSRGAN = "bsrgan"
    RESRGAN = "resrgan"
    SWINIR = "swinir"


class CorrectionModel(StrEnum):
    """Network of a face corrector."""

    CODEFORMER = "codeformer"
    GFPGAN = "gfpgan"


class LoraDialect(StrEnum):
    """Which scripts trained a LoRA; recognised from its keys when absent."""

    CLONEOFSIMO = "cloneofsimo"
    SD_SCRIPTS = "sd-scripts"


class EmbeddingKind(StrEnum):
    """Layout of a Textual Inversion file; recognised from its keys when absent."""

    CONCEPT = "concept"
    EMBEDDINGS = "embeddings"
    PARAMETERS = "parameters"
