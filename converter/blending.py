"""A model with everything that its entry blends into it: another VAE, LoRAs, Textual Inversions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from converter.blend import BlendError
from converter.blend.inversion import (
    BlendedInversion,
    InversionRecord,
    TextEncoders,
    TokenVectors,
    blend_inversion,
    joined,
)
from converter.blend.lora import (
    ChangedWeights,
    Dialect,
    Hints,
    LoraFile,
    LoraHeader,
    LoraPlan,
    LoraSummary,
    Targets,
    describe_lora,
    read_lora,
)
from converter.blendable import ENCODERS, LORA_PARTS, base_title, encoders_of, targets_of, vocabulary, with_tokens
from converter.graphs import TOKEN_EMBEDDING, Component, ComponentKind, Weights, WithRows, with_vocabulary
from converter.ingredients import Ingredient
from converter.listing import first_ten
from converter.models import KeyMaps, Model, Part, with_vae
from converter.registry import DiffusionEntry, InversionEntry, LoraEntry
from converter.weights import open_saved, open_weights


@dataclass(frozen=True)
class BlendedLora:
    """A LoRA of an entry, matched with the model."""

    entry: LoraEntry
    plan: LoraPlan


@dataclass(frozen=True)
class BoundGraph:
    """What one graph is made of, after blending."""

    traced: Component
    """What its template is traced from; tokens do not change it."""
    component: Component
    """What it is: the same, with the rows of new tokens in its config."""
    weights: Weights

    @property
    def is_changed(self) -> bool:
        """Whether LoRAs or inversions change its weights, which are then computed each time they are read."""
        return isinstance(self.weights, ChangedWeights | WithRows)

    @property
    def new_rows(self) -> int:
        """Rows that the token embedding has beyond the template's."""
        fields = (self.component.config.get("vocab_size", 0), self.traced.config.get("vocab_size", 0))
        return int(str(fields[0])) - int(str(fields[1]))


@dataclass(frozen=True, eq=False)
class Blended:
    """A model, and what is blended into it."""

    model: Model
    loras: tuple[BlendedLora, ...] = ()
    inversions: tuple[InversionRecord, ...] = ()
    tokens: TokenVectors | None = None

    def graph(self, name: str) -> BoundGraph:
        """What the graph `name` of the model is made of."""
        graph, kind = self.model.graph(name), ComponentKind(name)
        traced = component = Component(kind, graph.config, graph.pooled_width)
        encoder = next((encoder for encoder in ENCODERS if encoder == name), None)
        if encoder is not None and self.tokens is not None:
            rows = vocabulary(self.model, encoder) + len(self.tokens.rows[encoder])
            component = replace(traced, config=with_vocabulary(traced.config, rows))
        return BoundGraph(traced, component, self._changed("unet" if name == "cnet" else name, graph.weights))

    def part(self, part: Part) -> Weights:
        """The weights of a whole part, of which the VAE becomes two graphs."""
        return self._changed(part, self.model.state_dicts[part])

    @property
    def token_ids(self) -> Mapping[str, int]:
        """Token of an inversion to its id, which is the row of the embedding that holds its vector."""
        if self.tokens is None:
            return {}
        first = vocabulary(self.model, next(name for name in ENCODERS if name in self.model.graph_configs))
        return {token: first + place for place, token in enumerate(self.tokens.tokens)}

    def _changed(self, name: str, weights: Weights) -> Weights:
        """The weights of a part, or of some of it, with what LoRAs and inversions do to them."""
        part = next((part for part in LORA_PARTS if part == name), None)
        if part is not None and self.loras:
            weights = ChangedWeights(weights, part, [lora.plan for lora in self.loras])
        encoder = next((encoder for encoder in ENCODERS if encoder == name), None)
        if encoder is not None and self.tokens is not None:
            weights = WithRows(weights, TOKEN_EMBEDDING, self.tokens.rows[encoder])
        return weights


def blended(entry: DiffusionEntry, model: Model, ingredients: Sequence[Ingredient], opened: ExitStack) -> Blended:
    """Blend the LoRAs and inversions of an entry into a model; nothing of a weight is computed yet.

    Args:
        entry: what is asked for.
        model: stays open, as does everything that `opened` closes.
        ingredients: what was fetched for the entry.
        opened: closes the files.

    Raises:
        BlendError: a file is not what it should be, or does not fit the model.
        ModelError: the tokenizer cannot take the tokens.
        WeightsError: a file is damaged, or a number in it is not finite.
    """
    loras = tuple(_lora(item.entry, item, model, opened) for item in ingredients if isinstance(item.entry, LoraEntry))
    encoders = encoders_of(model.graph_configs, base_title(model))
    inversions = [
        read_inversion_entry(item.entry, item.fetched.path, encoders)
        for item in ingredients
        if isinstance(item.entry, InversionEntry)
    ]
    if not inversions:
        return Blended(model, loras)
    tokens = joined([inversion.tokens for inversion in inversions])
    records = tuple(inversion.record for inversion in inversions)
    return Blended(with_tokens(model, tokens, entry.name), loras, records, tokens)


def replaced_vae(
    model: Model, ingredient: Ingredient, key_maps: KeyMaps, opened: ExitStack
) -> tuple[Model, Collection[str]]:
    """A model with the VAE that was fetched for it, and the weight files of that VAE.

    Raises:
        ModelError: it is no VAE, or none for this model.
    """
    changed, vae = with_vae(model, ingredient.fetched.path, key_maps)
    opened.callback(vae.close)
    return changed, tuple(vae.files)


def check_lora(entry: LoraEntry, header: LoraHeader, targets: Targets) -> LoraSummary:
    """What a LoRA of an entry is, checked against a model by names and shapes alone, as strictly as it is blended.

    Raises:
        BlendError: it is not what the entry says, or does not fit the model.
    """
    with _named(entry):
        return _complete(header.name, describe_lora(header, targets, _hints(entry)))


def read_inversion_entry(entry: InversionEntry, path: Path, encoders: TextEncoders) -> BlendedInversion:
    """The tokens of an entry's inversion, whose file is at `path`, with their vectors, which are copied.

    Raises:
        BlendError: it is no inversion, another layout than the entry says, or does not fit the model.
        WeightsError: the file is damaged, or a number of it is not finite.
    """
    with open_saved(path) as saved:
        return blend_inversion(entry, saved, encoders)


def _lora(entry: LoraEntry, ingredient: Ingredient, model: Model, opened: ExitStack) -> BlendedLora:
    file = opened.enter_context(open_weights(ingredient.fetched.path))
    lora = LoraFile(file.name, file, file.metadata)
    with _named(entry):
        plan = read_lora(lora, targets_of(model), weight=entry.weight, hints=_hints(entry))
        _complete(file.name, plan.summary)
    return BlendedLora(entry, plan)


def _hints(entry: LoraEntry) -> Hints:
    return Hints(dialect=Dialect(entry.model) if entry.model else None, block_weights=entry.block_weights or None)


@contextmanager
def _named(entry: LoraEntry) -> Iterator[None]:
    try:
        yield
    except BlendError as error:
        raise BlendError(f"lora {entry.name}: {error}") from error


def _complete(name: str, summary: LoraSummary) -> LoraSummary:
    if summary.embeddings:
        raise BlendError(
            f"{name} also holds the Textual Inversions {first_ten(summary.embeddings)}, which would be lost; save them "
            "in files of their own and list them in `inversions`"
        )
    return summary
