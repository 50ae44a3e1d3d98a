"""How a release is compared and shown: the options of `convert` and `release`, and whether they make sense."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from converter.proof import Device, Proof, ReferenceKind

if TYPE_CHECKING:
    from converter.registry import Entry

ReferenceOption = Annotated[
    ReferenceKind,
    typer.Option(
        "--reference",
        help="What entries in fewer bits than float32 are compared with: PyTorch, or [bold]fp32-onnx[/], our own "
        "float32 graphs of the same weights, where there is no memory for PyTorch.",
    ),
]
DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device",
        envvar="ONNX_REGISTRY_DEVICE",
        help="What both sides of the comparison run on; cuda needs onnxruntime-gpu and the CUDA build of torch.",
    ),
]
SheetOption = Annotated[
    bool | None,
    typer.Option(
        "--sheet/--no-sheet",
        help="Put a contact sheet of fixed prompts into the release, and one image beside PyTorch's. On a CPU that "
        "takes minutes an image.",
        show_default="with --device cuda",
    ),
]


def asked_proof(reference: ReferenceKind, device: Device, sheet: bool | None, *, parity: bool = True) -> Proof:
    """What the options ask for, on a machine that can do it.

    Args:
        reference: of the comparison.
        device: of the comparison.
        sheet: `None` for what the device is fast enough for.
        parity: whether anything is compared.

    Raises:
        BadParameter: a reference is named for a comparison that is not made.
        ParityError: this machine cannot compare on that device.
    """
    if reference is not ReferenceKind.TORCH and not parity:
        raise typer.BadParameter(f"found --reference {reference} and --no-parity, expected one; nothing is compared")
    if device != "cpu":
        from converter.parity import require_device

        # A component that stays in float32 is compared with PyTorch whatever the reference is.
        require_device(device, torch=parity)
    return Proof(reference, device, device == "cuda" if sheet is None else sheet)


def require_reference(proof: Proof, entries: Iterable[Entry]) -> None:
    """Check that the reference makes sense for what is to be converted.

    Raises:
        BadParameter: an entry is in float32, whose graphs would be compared with themselves.
    """
    if proof.reference is ReferenceKind.TORCH:
        return
    whole = [entry.name for entry in entries if getattr(entry, "precision", "fp32") == "fp32"]
    if whole:
        raise typer.BadParameter(
            f"--reference {proof.reference}: found {', '.join(whole)} in fp32, expected entries in fewer bits; a "
            "float32 graph compared with itself says nothing. Name the others, or leave --reference out"
        )
