"""The inputs and outputs that clients expect of each graph, in their order. Pure.

OnnxStack goes by position and gives outputs their memory beforehand, optimum goes by name and evaluates the names of
axes, diffusers and onnx-web take output 0 and feed int32 to the first text encoder.
"""

from collections.abc import Callable, Iterator

from converter.release.contract.architectures import Release
from converter.release.contract.facts import Axis, Breach, FolderFacts, GraphFacts, Port

STAYS_FLOAT32 = "timestep"
"""float16 has no 999.5; clients convert to what is declared."""

_Ports = tuple[list[Port], list[Port]]


def port_breaches(graph: str, found: GraphFacts, release: Release, folder: FolderFacts, dtype: str) -> Iterator[Breach]:
    """Where the inputs and outputs of a graph differ, by position; `dtype` is that of the ports that are float."""
    for word, ports, expected in zip(
        ("input", "output"), (found.inputs, found.outputs), _EXPECTED[graph](graph, release, folder), strict=True
    ):
        for number in range(max(len(ports), len(expected))):
            has = ports[number] if number < len(ports) else None
            wants = _at(dtype, expected[number]) if number < len(expected) else None
            if has != wants:
                yield Breach(f"{graph}/model.onnx: {word} {number}", str(has or "none"), str(wants or "none"))


def _at(dtype: str, port: Port) -> Port:
    if port.dtype != "float32" or port.name == STAYS_FLOAT32:
        return port
    return Port(port.name, dtype, port.shape)


def _image(channels: int, *, times: int = 1, over: int = 1) -> tuple[Axis, ...]:
    ending = f" * {times}" if times > 1 else f" / {over}" if over > 1 else ""
    return ("batch", channels, f"height{ending}", f"width{ending}")


def _float(name: str, *shape: Axis) -> Port:
    return Port(name, "float32", shape)


def _text(graph: str, _release: Release, folder: FolderFacts) -> _Ports:
    config = f"{graph}/config.json"
    width = folder.size(config, "hidden_size")
    layer: tuple[Axis, ...] = ("batch", "sequence", width)
    states = [_float(f"hidden_states.{n}", *layer) for n in range(folder.size(config, "num_hidden_layers") + 1)]
    last = _float("last_hidden_state", *layer)
    if graph == "text_encoder":
        ids = Port("input_ids", "int32", ("batch", "sequence"))
        return [ids], [last, _float("pooler_output", "batch", width), *states]
    pooled = _float("text_embeds", "batch", folder.size(config, "projection_dim"))
    return [Port("input_ids", "int64", ("batch", "sequence"))], [pooled, last, *states]


def _unet(graph: str, release: Release, folder: FolderFacts) -> _Ports:
    inputs = [*_noisy(graph, release, folder), *_conditions(graph, release, folder)]
    return inputs, [_float("out_sample", *_image(4))]


def _cnet(graph: str, release: Release, folder: FolderFacts) -> _Ports:
    inputs, outputs = _unet(graph, release, folder)
    return [*inputs, *_residuals(graph, folder)], outputs


def _controlnet(graph: str, release: Release, folder: FolderFacts) -> _Ports:
    # The image is as many times larger than the latents as its embedding halves it.
    times = 2 ** (len(folder.sizes(f"{graph}/config.json", "conditioning_embedding_out_channels")) - 1)
    image = _float("controlnet_cond", *_image(3, times=int(times)))
    inputs = [*_noisy(graph, release, folder), image, *_conditions(graph, release, folder)]
    return inputs, list(_residuals(graph, folder))


def _noisy(graph: str, release: Release, folder: FolderFacts) -> Iterator[Port]:
    yield _float("sample", *_image(release.channels))
    # onnxruntime does not check the rank of what is declared a scalar: (), [1] and [batch] all go in.
    yield _float(STAYS_FLOAT32)
    width = folder.size(f"{graph}/config.json", "cross_attention_dim")
    yield _float("encoder_hidden_states", "batch", "sequence", width)


def _conditions(graph: str, release: Release, folder: FolderFacts) -> Iterator[Port]:
    if release.time_ids:
        yield _float("text_embeds", "batch", _pooled_width(graph, release, folder))
        yield _float("time_ids", "batch", release.time_ids)
    if release.guidance:
        yield _float("timestep_cond", "batch", folder.size(f"{graph}/config.json", "time_cond_proj_dim"))
    if release.noise_level:
        yield Port("class_labels", "int64", ("batch",))


def _pooled_width(graph: str, release: Release, folder: FolderFacts) -> int:
    """What the second encoder puts out; a ControlNet has no encoder beside it, and says the sum of what it takes."""
    if release.encoders:
        return folder.size("text_encoder_2/config.json", "projection_dim")
    config = f"{graph}/config.json"
    together = folder.size(config, "projection_class_embeddings_input_dim")
    return together - release.time_ids * folder.size(config, "addition_time_embed_dim")


def _residuals(graph: str, folder: FolderFacts) -> Iterator[Port]:
    """onnx-web feeds its UNet from the ControlNet by these names: 12 of the four blocks of SD, 9 of XL's three."""
    config = f"{graph}/config.json"
    widths, layers = folder.sizes(config, "block_out_channels"), folder.size(config, "layers_per_block")
    shapes = [_image(channels) for channels in widths[:1]]
    for block, channels in enumerate(widths):
        halved = block < len(widths) - 1
        shapes += [_image(channels, over=2**block)] * layers
        shapes += [_image(channels, over=2 ** (block + 1))] if halved else []
    yield from (_float(f"down_block_{number}", *shape) for number, shape in enumerate(shapes))
    yield from (_float("mid_block_additional_residual", *shape) for shape in shapes[-1:])


def _scale(graph: str, folder: FolderFacts) -> int:
    """How many pixels a latent is wide: 8 with the four blocks of Stable Diffusion's VAE."""
    return int(2 ** (len(folder.sizes(f"{graph}/config.json", "block_out_channels")) - 1))


def _vae_encoder(graph: str, _release: Release, folder: FolderFacts) -> _Ports:
    over = _scale(graph, folder)
    # optimum samples from the parameters; all others take output 0, which is their mean.
    return [_float("sample", *_image(3))], [
        _float("latent_sample", *_image(4, over=over)),
        _float("latent_parameters", *_image(8, over=over)),
    ]


def _vae_decoder(graph: str, _release: Release, folder: FolderFacts) -> _Ports:
    larger = _image(3, times=_scale(graph, folder))
    return [_float("latent_sample", *_image(4))], [_float("sample", *larger)]


_EXPECTED: dict[str, Callable[[str, Release, FolderFacts], _Ports]] = {
    "text_encoder": _text,
    "text_encoder_2": _text,
    "unet": _unet,
    "cnet": _cnet,
    "controlnet": _controlnet,
    "vae_encoder": _vae_encoder,
    "vae_decoder": _vae_decoder,
}
