"""Can this machine compare on that device? Asked before anything is made: neither library fails over silently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from converter.parity.errors import ParityError
from converter.proof import Device

Provider: TypeAlias = str | tuple[str, dict[str, str]]

# Where it is not told otherwise, CUDA multiplies float32 with the 10 bits of TF32, which the limits of fp32 forbid.
PROVIDERS: Mapping[Device, Provider] = {
    "cpu": "CPUExecutionProvider",
    "cuda": ("CUDAExecutionProvider", {"use_tf32": "0"}),
}
"""onnxruntime's provider of each device, with its options."""


def require_device(device: Device, *, torch: bool) -> None:
    """Check that onnxruntime and, if it is the reference, PyTorch can run on a device.

    Raises:
        ParityError: one of them cannot.
    """
    if device == "cpu":
        return
    import onnxruntime as ort

    complaint = device_complaint(ort.get_available_providers(), cuda_in_torch=not torch or _has_cuda())
    if complaint:
        raise ParityError(f"--device {device}: {complaint}")


def device_complaint(providers: Collection[str], *, cuda_in_torch: bool) -> str | None:
    """What stands against CUDA.

    Args:
        providers: what onnxruntime has.
        cuda_in_torch: whether PyTorch finds a GPU, or is not needed.
    """
    wanted = provider_name("cuda")
    if wanted not in providers:
        return (
            f"onnxruntime has {', '.join(providers)} here, expected {wanted}; install onnxruntime-gpu in the place of "
            "onnxruntime, or leave --device out"
        )
    if not cuda_in_torch:
        return (
            "PyTorch finds no GPU here (torch.cuda.is_available() is false), expected one for the reference; install "
            "the CUDA build of torch and look at `nvidia-smi`, or leave --device out"
        )
    return None


def provider_name(device: Device) -> str:
    """Onnxruntime's name for what runs on a device."""
    provider = PROVIDERS[device]
    return provider if isinstance(provider, str) else provider[0]


def require_provider(found: Collection[str], device: Device) -> None:
    """Check what a session runs on: onnxruntime goes on without a provider that it cannot load, and only logs it.

    Raises:
        ParityError: it runs on something else.
    """
    wanted = provider_name(device)
    if wanted not in found:
        raise ParityError(
            f"--device {device}: onnxruntime went on with {', '.join(found)}, expected {wanted}: its libraries are "
            "missing or the GPU is not there; look at `nvidia-smi` and the CUDA version that onnxruntime-gpu wants"
        )


def _has_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())
