"""Text encoders side by side: transformers' own class with seeded weights, and its release made here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.blend.inversion import Encoder, TokenVectors
from converter.graphs import TOKEN_EMBEDDING, ComponentKind, TemplateStore, WithRows, bind
from converter.models.tokenizer import extended_tokenizer, tokenizer_files
from tests.support.components import component_of, weights_of
from tests.support.sd1_models import Sd1, pico
from tests.support.tokenizer_folders import load_clip, write_folder

Array = np.ndarray[Any, Any]
ROWS = 49408


def pico_second() -> Sd1:
    """A text encoder of another width, as SDXL's second one has."""
    model = pico(seed=1)
    text = {**model.configs["text_encoder"], "hidden_size": 96, "projection_dim": 96}
    return replace(model, configs={**model.configs, "text_encoder": text})


def pico_with_end(token: int) -> Sd1:
    """The smallest model, whose config names its end token; that of Stable Diffusion 1.x says 2."""
    model = pico()
    return replace(
        model, configs={**model.configs, "text_encoder": {**model.configs["text_encoder"], "eos_token_id": token}}
    )


def by_transformers(model: Sd1) -> Any:
    """The text encoder as transformers' `CLIPTextModel`, with the model's own weights."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

    arrays = weights_of(model, ComponentKind.TEXT_ENCODER).arrays
    encoder = CLIPTextModel(CLIPTextConfig(**model.configs["text_encoder"])).eval()
    encoder.load_state_dict({name.removeprefix("text_model."): torch.from_numpy(a) for name, a in arrays.items()})
    return encoder


def run_transformers(encoder: Any, ids: Sequence[int]) -> list[Array]:
    """Last hidden state, pooled output and all hidden states."""
    import torch

    with torch.no_grad():
        found = encoder(input_ids=torch.tensor([ids]), output_hidden_states=True)
    return [tensor.numpy() for tensor in (found.last_hidden_state, found.pooler_output, *found.hidden_states)]


@dataclass(frozen=True)
class Released:
    """A text encoder with new tokens, and its tokenizer, as clients find them."""

    tokenizer: Any
    session: Any

    def ids(self, prompt: str) -> list[int]:
        """As transformers reads the prompt with the released tokenizer."""
        found: list[int] = self.tokenizer(prompt)["input_ids"]
        return found

    def run(self, prompt: str) -> list[Array]:
        """Every output of onnxruntime for a prompt."""
        return list(self.session.run(None, {"input_ids": np.array([self.ids(prompt)], np.int32)}))


def release(
    model: Sd1, tokens: TokenVectors, store: TemplateStore, folder: Path, *, encoder: Encoder = "text_encoder"
) -> Released:
    """Write the text encoder and the tokenizer of a model with new tokens, and load both."""
    import onnxruntime as ort

    rows = tokens.rows[encoder]
    template = store.get(component_of(model, ComponentKind.TEXT_ENCODER)).with_rows(TOKEN_EMBEDDING, len(rows))
    bind(template, WithRows(weights_of(model, ComponentKind.TEXT_ENCODER), TOKEN_EMBEDDING, rows), folder / encoder)
    files: Mapping[str, bytes] = extended_tokenizer(tokenizer_files(), tokens.tokens, rows=ROWS)
    session = ort.InferenceSession(str(folder / encoder / "model.onnx"), providers=["CPUExecutionProvider"])
    return Released(load_clip(write_folder(folder / f"{encoder}_tokenizer", files)), session)
