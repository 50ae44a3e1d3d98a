"""The files that clients read before they open a graph: index, configs, schedulers, tokenizers. Pure."""

from collections.abc import Iterator, Mapping

from converter.canonical import JsonObject, JsonValue
from converter.release.contract.architectures import CONTROLLED, TOKENIZERS, Release
from converter.release.contract.blending import TOKEN_TABLE
from converter.release.contract.facts import Breach, FolderFacts

_GRAPH: JsonValue = ["diffusers", "OnnxRuntimeModel"]
_TOKENIZER: JsonValue = ["transformers", "CLIPTokenizer"]
_NOTHING: JsonValue = [None, None]
_INDEX = "model_index.json"

_OF_A_UNET = ("in_channels", "out_channels", "sample_size", "cross_attention_dim", "block_out_channels")
_OF_A_VAE = ("scaling_factor", "block_out_channels", "latent_channels")
_OF_AN_ENCODER = ("hidden_size", "num_hidden_layers", "max_position_embeddings", "vocab_size")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    # optimum's size of an image, guidance embedding and size ids; blending's layout.
    "unet": (*_OF_A_UNET, "time_cond_proj_dim", "layers_per_block", "down_block_types", "up_block_types"),
    "cnet": (*_OF_A_UNET, "layers_per_block"),
    "controlnet": ("block_out_channels", "conditioning_embedding_out_channels", "layers_per_block"),
    # onnx-web and optimum scale latents by them; without, XL's colours are wrong.
    "vae_encoder": _OF_A_VAE,
    "vae_decoder": _OF_A_VAE,
    "text_encoder": _OF_AN_ENCODER,
    "text_encoder_2": (*_OF_AN_ENCODER, "projection_dim"),
}
"""Graph to what clients read of its `config.json`."""
_OF_XL = ("addition_time_embed_dim", "projection_class_embeddings_input_dim")
_SPECIAL = ("<|startoftext|>", "<|endoftext|>")
_HEADER = "#version"


def document_breaches(release: Release, folder: FolderFacts) -> Iterator[Breach]:
    """What is wrong with the files around the graphs."""
    for graph in (graph for graph in folder.graphs if graph in _FIELDS):
        yield from _config_breaches(graph, release, folder)
    if release.pipeline is None:
        return
    yield from _index_breaches(release, folder)
    schedulers = ("scheduler", *(("low_res_scheduler",) if release.noise_level else ()))
    for name in schedulers:
        path = f"{name}/scheduler_config.json"
        yield from _lacking(path, folder, ("_class_name", "num_train_timesteps", "beta_schedule"))
    for encoder in release.encoders:
        yield from _tokenizer_breaches(TOKENIZERS[encoder], encoder, folder)


def _config_breaches(graph: str, release: Release, folder: FolderFacts) -> Iterator[Breach]:
    path = f"{graph}/config.json"
    yield from _lacking(path, folder, _FIELDS[graph] + (_OF_XL if graph == "unet" and release.is_xl else ()))
    channels = folder.size(path, "in_channels")
    if graph in ("unet", CONTROLLED) and channels != release.channels:
        yield Breach(f"{path}: in_channels", str(channels), f"{release.channels} of a {folder.architecture}")


def _lacking(path: str, folder: FolderFacts, fields: tuple[str, ...]) -> Iterator[Breach]:
    document = folder.documents.get(path)
    if not isinstance(document, Mapping):
        yield Breach(
            path, "no JSON object" if path in folder.paths else "no such file", f"one with {', '.join(fields)}"
        )
        return
    missing = [field for field in fields if field not in document]
    if missing:
        yield Breach(path, f"no {', '.join(missing)}", "these fields, which clients read")


def _index_breaches(release: Release, folder: FolderFacts) -> Iterator[Breach]:
    index = folder.documents.get(_INDEX)
    if not isinstance(index, Mapping):
        yield Breach(_INDEX, "no JSON object", f"one of {release.pipeline}")
        return
    for name, wanted in _members(release).items():
        if index.get(name) != wanted:
            yield Breach(f"{_INDEX}: {name}", _said(index, name), str(wanted))
    for name in ("scheduler", *(("low_res_scheduler",) if release.noise_level else ())):
        config = folder.documents.get(f"{name}/scheduler_config.json")
        wanted = ["diffusers", config.get("_class_name") if isinstance(config, Mapping) else None]
        if index.get(name) != wanted:
            yield Breach(f"{_INDEX}: {name}", _said(index, name), f"{wanted} as in its scheduler_config.json")
    for name in ("vae", CONTROLLED):
        if name in index:
            yield Breach(f"{_INDEX}: {name}", _said(index, name), "no such member; diffusers would look for its class")


def _members(release: Release) -> JsonObject:
    encoders: dict[str, JsonValue] = {}
    if release.is_xl:
        # The refiner has only the second; what the index does not name would be looked for.
        encoders = {name: _NOTHING for pair in TOKENIZERS.items() for name in pair}
    encoders |= dict.fromkeys(release.encoders, _GRAPH)
    encoders |= {TOKENIZERS[encoder]: _TOKENIZER for encoder in release.encoders}
    checker: JsonObject = {} if release.is_xl else {"safety_checker": _NOTHING, "requires_safety_checker": False}
    graphs = dict.fromkeys(("unet", "vae_encoder", "vae_decoder"), _GRAPH)
    return {"_class_name": release.pipeline, "feature_extractor": _NOTHING, **checker, **encoders, **graphs}


def _said(index: JsonObject, name: str) -> str:
    return str(index[name]) if name in index else "nothing"


def _tokenizer_breaches(tokenizer: str, encoder: str, folder: FolderFacts) -> Iterator[Breach]:
    yield from _lacking(f"{tokenizer}/tokenizer_config.json", folder, ("model_max_length", "tokenizer_class"))
    yield from _lacking(f"{tokenizer}/special_tokens_map.json", folder, ("bos_token", "eos_token"))
    yield from _lacking(f"{tokenizer}/vocab.json", folder, _SPECIAL)
    path = f"{tokenizer}/merges.txt"
    if not folder.merges.get(path, "").startswith(_HEADER):
        found = f"{folder.merges[path]!r} as its first line" if path in folder.merges else "no such file"
        yield Breach(path, found, f"{_HEADER}; transformers 4 takes the first line for a heading and leaves it out")
    graph = folder.graphs.get(encoder)
    table = graph.weights.get(TOKEN_TABLE) if graph else None
    needed = _rows(folder.documents.get(f"{tokenizer}/vocab.json"))
    if table and table[0] < needed:
        yield Breach(f"{tokenizer}/vocab.json", f"ids up to {needed - 1}", f"below {table[0]}, the rows of {encoder}")


def _rows(vocabulary: JsonValue) -> int:
    """How many rows the ids of a tokenizer need: one more than the greatest; 0 if it has none."""
    ids = [item for item in vocabulary.values() if isinstance(item, int)] if isinstance(vocabulary, Mapping) else []
    return max(ids, default=-1) + 1
