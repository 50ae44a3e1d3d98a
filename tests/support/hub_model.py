"""A repository of the Hub that holds a model: the files that a conversion needs, as small as they can be."""

REPO = "org/pico"
NEEDED = {
    "model_index.json": b"{}",
    "scheduler/scheduler_config.json": b'{"a": 1}',
    "text_encoder/config.json": b"{}",
    "text_encoder/model.safetensors": b"text weights",
    "tokenizer/merges.txt": b"#version: 0.2\n",
    "tokenizer/vocab.json": b'{"a": 0}',
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": b"unet weights",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": b"vae weights",
}
