"""What a checkpoint is taken for by who reads it, against the model that was written: it carries no configs.

The reader names the tensors with diffusers' own functions and reads the configs off the shapes, so it is independent of
the key table that wrote them.
"""

from collections.abc import Iterator, Mapping

from converter.canonical import JsonValue
from converter.listing import first_ten
from converter.models import Model, Part, family_of_architecture
from converter.models.tokenizer_reading import read_tokenizer
from converter.torch_layouts.checkpoint_keys import original_tensors
from converter.torch_layouts.errors import LayoutError

_Place = tuple[str, tuple[int, int] | None, bool]
_NO_EFFECT = frozenset({"upcast_attention"})
"""Attention in float32, as these weights are; folders of Stable Diffusion 2 do not agree on it."""
_SCHEDULE = ("beta_start", "beta_end", "beta_schedule", "num_train_timesteps")


def require_same_model(written: Model, read: Model, where: str) -> None:
    """Check that a checkpoint is read as the model that it was made of.

    Args:
        written: what it was made of.
        read: what it is without being told anything about it.
        where: names the model in messages.

    Raises:
        LayoutError: a reader would take it for another model, or find another number somewhere.
    """
    wrong = [*_differences(written, read)]
    if wrong:
        raise LayoutError(
            f"{where}: a checkpoint carries no configs, and programs would read this one otherwise: "
            f"{first_ten(wrong)}; convert the model with `--to diffusers`"
        )


def _differences(written: Model, read: Model) -> Iterator[str]:
    yield from _named("architecture", written.architecture, read.architecture)
    for part, config in written.graph_configs.items():
        for field, value in ((field, value) for field, value in config.items() if field not in _NO_EFFECT):
            yield from _named(f"{part} {field}", value, read.graph_configs.get(part, {}).get(field))
    if written.prediction is not None and read.prediction is not None:
        for field, value in vars(written.prediction).items():
            yield from _named(field, value, getattr(read.prediction, field))
    scale = [model.configs.get("vae", {}).get("scaling_factor") for model in (written, read)]
    yield from _named("vae scaling_factor", *scale)
    for folder, config in written.schedulers.items():
        other = read.schedulers.get(folder, {})
        for field in _SCHEDULE:
            if field in config and field in other:
                yield from _named(f"{folder} {field}", config[field], other[field])
    yield from _tokens(written, read)
    yield from _places(written, read)


def _named(what: str, written: JsonValue, read: JsonValue) -> Iterator[str]:
    if _plain(written) != _plain(read):
        yield f"{what} {read!r} in the place of {written!r}"


def _plain(value: JsonValue) -> JsonValue:
    return list(value) if isinstance(value, tuple) else value


def _tokens(written: Model, read: Model) -> Iterator[str]:
    for folder, files in written.tokenizers.items():
        sizes = [
            len(tokenizer.vocab) + len(tokenizer.added)
            for tokenizer in map(read_tokenizer, (files, read.tokenizers[folder]))
        ]
        yield from _named(f"{folder} with tokens:", *sizes)


def _places(written: Model, read: Model) -> Iterator[str]:
    """Where each parameter is, by the table that wrote it and by the functions that read it."""
    family = family_of_architecture(written.architecture)
    shapes = {part: state.shapes for part, state in written.state_dicts.items()}
    for part, tensors in original_tensors(family, shapes).items():
        expected: dict[str, _Place] = {}
        for tensor in tensors:
            each = tensor.shape[0] // len(tensor.names) if tensor.shape else 0
            for number, name in enumerate(tensor.names):
                rows = (number * each, (number + 1) * each) if len(tensor.names) > 1 else None
                expected[name] = (tensor.key, rows, tensor.transposed)
        found = _found(read, part)
        for name in sorted(expected.keys() | found.keys()):
            if expected.get(name) != found.get(name):
                yield f"{part} {name} at {found.get(name)} in the place of {expected.get(name)}"


def _found(read: Model, part: Part) -> Mapping[str, _Place]:
    if part not in read.state_dicts:
        return {}
    return {name: (ref.key, ref.rows, ref.transposed) for name, ref in read.state_dicts[part].refs.items()}
