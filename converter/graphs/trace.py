"""Trace a component once, on the `meta` device, with no weight in memory."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from converter.garbage import no_search
from converter.graphs import canonical_names as names
from converter.graphs.axes import parsed
from converter.graphs.component import UNETS, Component
from converter.graphs.errors import GraphError
from converter.graphs.fast_export import fast_export
from converter.graphs.modules import NAMED_INPUTS, OTHERS, build_module
from converter.graphs.ports import Port, example_shapes, ports_of, unit_of
from converter.graphs.simplify import fold_transposes, simplify
from converter.graphs.template import Parameter, Template, template_key, tracing_versions

if TYPE_CHECKING:
    import onnx_ir as ir
    from torch.nn import Module

OPSET = 18
TRACED = {"batch": 2, "blocks": (8, 6), "tokens": 77}
"""The example that is traced: no two free axes have the same size, so that none is taken for another."""

_log = logging.getLogger(__name__)


@no_search()  # millions of objects live until its end
def trace(component: Component) -> Template:
    """Trace, simplify and name the graph of a component.

    Raises:
        GraphError: torch cannot trace it, or the graph is not what clients expect.
    """
    module = build_module(component)
    model = _export(module, component)
    parameters = [name for name, _ in module.named_parameters(remove_duplicate=False)]
    _open_parameters(model.graph, set(parameters))
    _fill_buffers(model.graph, module)
    simplify(model)
    folded = fold_transposes(model.graph, set(parameters))
    stored = _store_parameters(model.graph, parameters, folded)
    names.constants_to_nodes(model.graph, set(parameters))
    names.name_nodes(model.graph)
    names.declare_ports(model.graph, ports_of(component))
    names.strip_metadata(model)
    names.name_values(model.graph)
    return Template(
        key=template_key(component),
        graph=_serialize(model),
        parameters=stored,
        nodes=len(list(model.graph)),
        versions=tracing_versions(),
    )


def _export(module: Module, component: Component) -> ir.Model:
    import torch

    ports = ports_of(component)
    arguments = _arguments(component)
    shapes = _dynamic_shapes(component)
    try:
        with _quiet(), fast_export() as log:
            program = torch.export.export(module, arguments, dynamic_shapes=shapes, strict=False)
            exported = torch.onnx.export(
                program,
                arguments,
                dynamo=True,
                dynamic_shapes=shapes,
                input_names=[port.name for port in ports.inputs],
                output_names=[port.name for port in ports.outputs],
                opset_version=OPSET,
                optimize=False,
                verbose=False,
            )
    # torch raises its own many kinds here (torch._dynamo, sympy, torch.onnx); all mean that it cannot be traced.
    except Exception as error:
        raise GraphError(f"{component.kind}: torch {torch.__version__} cannot trace it: {error}") from error
    _log.debug("%s: %s", component.kind, "; ".join(log))
    if exported is None:
        raise GraphError(f"{component.kind}: torch.onnx.export returned nothing")
    model: ir.Model = exported.model
    return model


def _arguments(component: Component) -> tuple[Any, ...]:
    import torch

    shapes = example_shapes(component, **TRACED)  # type: ignore[arg-type]  # the values are those of one literal
    dtypes = {"float32": torch.float32, "int32": torch.int32, "int64": torch.int64}
    return tuple(
        torch.ones(shapes[port.name], dtype=dtypes[port.dtype], device="meta") for port in ports_of(component).inputs
    )


def _dynamic_shapes(component: Component) -> dict[str, Any]:
    """Free axes for torch.export, by the parameters of the module's `forward`."""
    axes = _axes(component)

    def free(port: Port) -> dict[int, Any] | None:
        found = {number: axes(axis) for number, axis in enumerate(port.shape) if isinstance(axis, str)}
        return found or None

    ports = ports_of(component).inputs
    named = NAMED_INPUTS if component.kind in UNETS else len(ports)
    others = tuple(free(port) for port in ports[named:])
    return {**{port.name: free(port) for port in ports[:named]}, **({OTHERS: others} if others else {})}


def _axes(component: Component) -> Callable[[str], Any]:
    """torch.export's dimension of an axis; a height that 8 must divide is `8*h`, so that no rounding is traced."""
    from torch.export import Dim

    unit, image = unit_of(component), component.is_image
    limit = 1024 if image else component.integer("max_position_embeddings")
    free = {
        # torch guards `batch < 64` in diffusers' up blocks; onnxruntime runs larger batches of the same graph.
        "batch": Dim("batch", min=1, max=63),
        "sequence": Dim("sequence", min=2, max=limit),
        "height": Dim("h", min=2, max=512),
        "width": Dim("w", min=2, max=512),
    }

    def dimension(axis: str) -> Any:
        name, factor = parsed(axis)
        times = int(factor * unit) if name in ("height", "width") else 1
        return free[name] if times == 1 else times * free[name]

    return dimension


def _open_parameters(graph: ir.Graph, parameters: set[str]) -> None:
    """Turn each parameter initializer into a graph input, so that no pass folds it."""
    for name in [name for name in graph.initializers if name in parameters]:
        value = graph.initializers.pop(name)
        value.const_value = None
        graph.inputs.append(value)


def _fill_buffers(graph: ir.Graph, module: Module) -> None:
    """Give CLIP's `position_ids`, a buffer without data on the meta device, its numbers."""
    import numpy as np
    import onnx_ir as ir

    for name, buffer in module.named_buffers():
        if name not in graph.initializers:
            continue
        if not name.endswith("position_ids"):
            raise GraphError(f"buffer {name!r} has no known value; expected only CLIP's position_ids")
        graph.initializers[name].const_value = ir.tensor(np.arange(buffer.shape[-1], dtype=np.int64)[None])


def _store_parameters(
    graph: ir.Graph, parameters: list[str], folded: dict[str, tuple[int, ...]]
) -> tuple[Parameter, ...]:
    """Name the open parameters as they are stored and put them after the real inputs, in the module's order."""
    by_name = {str(value.name): value for value in graph.inputs if value.name in set(parameters)}
    unused = [name for name in parameters if name not in by_name or not by_name[name].uses()]
    if unused:
        raise GraphError(f"{len(unused)} parameters are not used by the traced graph, such as {unused[:10]}")
    real = [value for value in graph.inputs if value.name not in by_name]
    ordered = [by_name[name] for name in parameters]
    graph.inputs.clear()
    graph.inputs.extend([*real, *ordered])
    stored = []
    for name, value in zip(parameters, ordered, strict=True):
        value.name = names.stored_name(name, transposed=name in folded)
        shape = tuple(axis for axis in value.shape or () if isinstance(axis, int))
        stored.append(Parameter(value.name, name, shape, folded.get(name)))
    return tuple(stored)


def _serialize(model: ir.Model) -> bytes:
    import onnx
    import onnx_ir as ir

    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter says to its developers (absent torchvision, merged axis names)."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "torch.onnx._internal.exporter")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
