"""Prompts as the states of a release's text encoders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.progress import Progress, Report
from converter.render.errors import RenderError
from converter.render.graph import Graphs, Runs
from converter.render.job import Array
from converter.render.model import RenderModel

_TOKENIZERS: Mapping[str, str] = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}
_LAYER = "hidden_states."


@dataclass(frozen=True)
class Encoded:
    """A prompt as the UNet takes it."""

    states: Array
    """float32, (1, tokens, width), those of two encoders side by side."""
    pooled: Array | None
    """float32, (1, width): only Stable Diffusion XL has it."""

    def zeros(self) -> Encoded:
        """Nothing, in the same shape."""
        return Encoded(np.zeros_like(self.states), None if self.pooled is None else np.zeros_like(self.pooled))


def encode(model: RenderModel, prompts: Iterable[str], graphs: Graphs, report: Report) -> dict[str, Encoded]:
    """Each prompt, encoded; one text encoder is in memory at a time.

    Raises:
        RenderError: a prompt has more tokens than the text encoder takes.
    """
    wanted = sorted(set(prompts))
    states: dict[str, list[Array]] = {prompt: [] for prompt in wanted}
    pooled: dict[str, Array] = {}
    for number, encoder in enumerate(model.encoders):
        report(Progress(f"{model.manifest.tag}: reading the prompt", number, len(model.encoders), "text encoders"))
        ids = _token_ids(model.folder / _TOKENIZERS[encoder], wanted)
        with graphs(encoder) as graph:
            for prompt in wanted:
                states[prompt].append(graph.run({"input_ids": ids[prompt]}, _states_output(graph, model)))
                if "text_embeds" in graph.outputs:
                    pooled[prompt] = graph.run({"input_ids": ids[prompt]}, "text_embeds")
    return {prompt: Encoded(np.concatenate(states[prompt], axis=2), pooled.get(prompt)) for prompt in wanted}


def _states_output(graph: Runs, model: RenderModel) -> str:
    """The last layer's states; Stable Diffusion XL was trained with those of the layer before, in both encoders."""
    if not model.is_xl:
        return "last_hidden_state"
    layers = [int(name.removeprefix(_LAYER)) for name in graph.outputs if name.startswith(_LAYER)]
    return f"{_LAYER}{max(layers) - 1}"


def _token_ids(folder: Path, prompts: Iterable[str]) -> dict[str, Array]:
    """Ids of each prompt, int64, (1, length), padded to the length of the text encoder."""
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
    length = int(tokenizer.model_max_length)
    ids = {}
    for prompt in prompts:
        found = len(tokenizer(prompt, verbose=False)["input_ids"])
        if found > length:
            raise RenderError(
                f"the prompt that begins {prompt[:40]!r} has {found - 2} tokens, expected at most {length - 2}; "
                "shorten it"
            )
        padded = tokenizer(prompt, padding="max_length", max_length=length)["input_ids"]
        ids[prompt] = np.asarray([padded], np.int64)
    return ids
