"""Everything that is wrong with a LoRA file, collected and said at once. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from converter.blend.errors import BlendError
from converter.blend.lora.algorithms import Algorithm
from converter.blend.lora.likely_cause import likely_cause
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Layer, Shape, Targets
from converter.blend.lora.tensors import LoraHeader
from converter.listing import first_ten


@dataclass(frozen=True)
class Complaints:
    """What was found so far; the lists are filled while a file is looked at."""

    header: LoraHeader
    targets: Targets
    unknown: list[str] = field(default_factory=list)
    """Keys whose end no trainer writes."""
    homeless: list[str] = field(default_factory=list)
    """Keys for which the model has no layer."""
    ambiguous: list[str] = field(default_factory=list)
    """Keys that do not say which of two text encoders they are for."""
    twice: list[str] = field(default_factory=list)
    """Pairs of keys that are the same tensor of the same layer."""
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Keys with the wrong shape or dtype, and what was expected."""

    def mixed(self, layer: Layer, keys: Mapping[Role, str], algorithms: Sequence[Algorithm]) -> None:
        """A layer is changed by none, or by two algorithms."""
        shown = " and ".join(keys[role] for role in list(keys)[:1] + list(keys)[-1:])
        if algorithms:
            self.twice.append(f"{shown} ({' and '.join(algorithms)} for {layer.name})")
        else:
            self.missing.append(f"what {first_ten(list(keys.values()))} belongs to")

    def incomplete(
        self, algorithm: Algorithm, keys: Mapping[Role, str], missing: Sequence[Role], extra: Sequence[Role]
    ) -> None:
        """A set of tensors lacks some, or has one that does not belong to it."""
        if missing:
            names = ", ".join(role.value for role in missing)
            self.missing.append(f"{names} beside {next(iter(keys.values()))} ({algorithm})")
        self.unknown.extend(keys[role] for role in extra)

    def uneven(self, role: Role, without: Sequence[Mapping[Role, str]], of: int) -> None:
        """Some layers lack a tensor that the others of their kind have."""
        beside = first_ten([next(iter(keys.values())) for keys in without])
        self.missing.append(f"{role.value} beside {beside} ({of - len(without)} of {of} layers of this kind have one)")

    def misfit(self, layer: Layer, key: str, shape: Shape, expected: str) -> None:
        """A tensor has the wrong shape."""
        weight = "no weight" if layer.weight is None else f"a weight of {list(layer.weight)}"
        self.wrong.append(f"{key} is {list(shape)}, expected {expected}, as {layer.name} has {weight}")

    def raise_if_any(self) -> None:
        """End here if anything was found.

        Raises:
            BlendError: with the first ten of each kind, and what the cause may be.
        """
        kinds = (
            (self.homeless, "for which the model has no layer", "key", "keys"),
            (self.unknown, "of an unknown algorithm", "key", "keys"),
            (self.ambiguous, "without the part of the model, of which several have such a layer", "key", "keys"),
            (self.twice, "for the same place", "pair of keys", "pairs of keys"),
            (self.missing, "", "tensor is missing", "tensors are missing"),
            (self.wrong, "", "tensor does not fit", "tensors do not fit"),
        )
        said = [
            f"{len(found)} {one if len(found) == 1 else many}{' ' * bool(what)}{what}: {first_ten(found)}"
            for found, what, one, many in kinds
            if found
        ]
        if said:
            raise BlendError(
                f"{self.header.name}: {'; '.join(said)}; expected a LoRA of which every tensor can be applied to "
                f"{self.targets.architecture}. {likely_cause(self.header, self.targets)}"
            )
