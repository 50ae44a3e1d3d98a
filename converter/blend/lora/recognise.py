"""What a LoRA file is, and what it is about, from names and shapes alone. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from converter.blend.errors import BlendError
from converter.blend.lora.addresses import Address, Dialect, address_of, is_sign_of_lora
from converter.blend.lora.algorithms import OPTIONAL, Algorithm, algorithms_of, missing_and_extra
from converter.blend.lora.complaints import Complaints
from converter.blend.lora.fits import rank_of
from converter.blend.lora.positional import is_positional, positional
from converter.blend.lora.roles import Role
from converter.blend.lora.shape_checks import MisfitError
from converter.blend.lora.targets import Layer, Targets
from converter.blend.lora.tensors import LoraHeader
from converter.blend.lora.walks import Order

Keys = Mapping[Role, str]

_FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ"})
_NUMBERS = frozenset({Role.ALPHA, Role.SCALAR, Role.ON_INPUT})
_ORDER = {role: place for place, role in enumerate(Role)}


@dataclass(frozen=True)
class Adapter:
    """The tensors that change one layer: complete, and in shapes that fit it."""

    layer: Layer
    algorithm: Algorithm
    keys: Keys
    """By role: the key in the file."""
    rank: int | None
    """`None` where the algorithm has none."""


@dataclass(frozen=True)
class Recognised:
    """A LoRA file whose every tensor has its place in the model."""

    dialects: tuple[Dialect, ...]
    adapters: tuple[Adapter, ...]
    """In the order of the model's layers, whatever the order in the file."""
    embeddings: tuple[str, ...]
    """Keys of cloneofsimo's Textual Inversions, which no layer takes: blend them as such, or refuse the entry."""


def recognise(header: LoraHeader, targets: Targets, *, order: Order | None = None) -> Recognised:
    """Find the layer, the algorithm and the rank of every tensor.

    Args:
        header: The file, or its header alone.
        targets: What the model has.
        order: For cloneofsimo's files, if both orders fit.

    Raises:
        BlendError: the file is no LoRA, or some of its tensors have no place, are missing, or have the wrong shape: the
            first ten by name, and the likely cause.
    """
    _require_lora(header)
    complaints = Complaints(header, targets)
    if is_positional(header):
        found, embeddings = positional(header, targets, order)
        dialects: tuple[Dialect, ...] = (Dialect.CLONEOFSIMO,)
    else:
        addresses = _addresses(header, targets, complaints)
        found, embeddings = _by_layer(addresses, complaints), ()
        dialects = tuple(sorted({address.dialect for address in addresses.values() if address.role is not Role.ALPHA}))
    complaints.raise_if_any()
    ordered = _in_model_order(found, targets)
    adapters = tuple(_adapters(header, ordered, complaints))
    complaints.raise_if_any()
    _require_even(adapters, complaints)
    complaints.raise_if_any()
    return Recognised(dialects, adapters, embeddings)


def is_lora(header: LoraHeader) -> bool:
    """Whether a file is a LoRA, or means to be one: it may be damaged, or for a model that is not built."""
    return is_positional(header) or any(is_sign_of_lora(name) for name in header.tensors.names)


def _require_lora(header: LoraHeader) -> None:
    names = header.tensors.names
    if not is_lora(header):
        raise BlendError(
            f"{header.name}: this is no LoRA: {len(names)} tensors such as {', '.join(names[:3])}, expected keys that "
            "end in .lora_up.weight, .lora_A.weight, .hada_w1_a or the like; name it in the section that it belongs to"
        )


def _addresses(header: LoraHeader, targets: Targets, complaints: Complaints) -> dict[str, Address]:
    found: dict[str, Address] = {}
    for key in header.tensors.names:
        address = address_of(key, targets)
        if address is None:
            complaints.unknown.append(key)
        elif not address.layers:
            complaints.homeless.append(key)
        elif len(address.layers) > 1:
            complaints.ambiguous.append(key)
        else:
            found[key] = address
    return found


def _by_layer(addresses: Mapping[str, Address], complaints: Complaints) -> dict[Layer, dict[Role, str]]:
    layers: dict[Layer, dict[Role, str]] = defaultdict(dict)
    for key, address in addresses.items():
        (layer,) = address.layers
        if address.role in layers[layer]:
            complaints.twice.append(f"{layers[layer][address.role]} and {key}")
        layers[layer][address.role] = key
    return layers


def _in_model_order(found: Mapping[Layer, dict[Role, str]], targets: Targets) -> Iterator[tuple[Layer, Keys]]:
    for layers in targets.layers.values():
        for layer in layers.values():
            if layer in found:
                yield layer, dict(sorted(found[layer].items(), key=lambda item: _ORDER[item[0]]))


def _adapters(header: LoraHeader, found: Iterator[tuple[Layer, Keys]], complaints: Complaints) -> Iterator[Adapter]:
    for layer, keys in found:
        roles = frozenset(keys)
        algorithms = algorithms_of(roles)
        if len(algorithms) != 1:
            complaints.mixed(layer, keys, algorithms)
            continue
        missing, extra = missing_and_extra(algorithms[0], roles)
        if missing or extra:
            complaints.incomplete(algorithms[0], keys, missing, extra)
            continue
        shapes = {role: header.tensors.info(key).shape for role, key in keys.items()}
        try:
            rank = rank_of(algorithms[0], layer, shapes)
        except MisfitError as misfit:
            complaints.misfit(layer, keys[misfit.role], shapes[misfit.role], str(misfit))
            continue
        _require_numbers(header, keys, complaints)
        yield Adapter(layer, algorithms[0], keys, rank)


def _require_numbers(header: LoraHeader, keys: Keys, complaints: Complaints) -> None:
    for role, key in keys.items():
        dtype = header.tensors.info(key).dtype
        if dtype not in _FLOATS and not (role in _NUMBERS and dtype[0] in "IU"):
            complaints.wrong.append(f"{key} is {dtype}, expected floating-point numbers")


def _require_even(adapters: tuple[Adapter, ...], complaints: Complaints) -> None:
    """Check that what one layer has besides its set, all of its kind have: a lost alpha changes the strength."""
    kinds: dict[tuple[str, Algorithm, str], list[Adapter]] = defaultdict(list)
    for adapter in adapters:
        kinds[adapter.layer.part, adapter.algorithm, adapter.layer.kind].append(adapter)
    for (_, algorithm, _), alike in kinds.items():
        for role in Role:
            if role in OPTIONAL[algorithm] or role is Role.DIFF:
                could = [adapter for adapter in alike if role is not Role.DIFF_B or adapter.layer.bias is not None]
                without = [adapter for adapter in could if role not in adapter.keys]
                if 0 < len(without) < len(could):
                    complaints.uneven(role, [adapter.keys for adapter in without], len(could))
