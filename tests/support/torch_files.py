"""Torch checkpoints: sound ones by torch itself, broken and hostile ones by hand."""

import io
import pickle
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

FLOAT_STORAGE = b"ctorch\nFloatStorage\n"
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def save(value: object, path: Path, *, legacy: bool = False) -> Path:
    """Write `value` with torch; `legacy` is the form before torch 1.6."""
    import torch

    torch.save(value, path, _use_new_zipfile_serialization=not legacy)
    return path


def safetensors_to_torch(source: Path, target: Path, *, legacy: bool = False, **beside: Any) -> Path:
    """Write the tensors of a safetensors file as a torch checkpoint, as its `state_dict` where there is more."""
    from safetensors.torch import load_file

    tensors = load_file(source)
    return save({"state_dict": tensors, **beside} if beside else tensors, target, legacy=legacy)


def tensor_pickle(
    *, key: object = "0", elements: object = 4, offset: object = 0, shape: object = (4,), strides: object = (1,)
) -> bytes:
    """The pickle of `{"w": tensor}`, float32, whatever is wrong with it."""
    storage = b"(" + plain("storage") + FLOAT_STORAGE + plain(key) + plain("cpu") + plain(elements) + b"tQ"
    hooks = b"ccollections\nOrderedDict\n)R"
    arguments = storage + plain(offset) + plain(shape) + plain(strides) + b"\x89" + hooks
    return b"\x80\x02}" + plain("w") + b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tRs."


def zip_checkpoint(
    data: bytes, storages: Mapping[str, bytes] | None = None, *, method: int = zipfile.ZIP_STORED, **more: bytes
) -> bytes:
    """A zip checkpoint with `data` as its pickle; `more` are further entries, a `/` written as `__`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("archive/data.pkl", data)
        for name, content in more.items():
            archive.writestr(f"archive/{name.replace('__', '/')}", content)
        for key, content in (storages or {}).items():
            archive.writestr(f"archive/data/{key}", content)
    return file.getvalue()


def legacy_checkpoint(data: bytes, storages: Mapping[str, bytes] | None = None, *, little_endian: bool = True) -> bytes:
    """A checkpoint as torch wrote it before 1.6, with `data` as the pickle of the object; storages are float32."""
    system = {"protocol_version": PROTOCOL, "little_endian": little_endian, "type_sizes": {"int": 4}}
    parts = [pickle.dumps(value, 2) for value in (MAGIC, PROTOCOL, system)]
    parts += [data, pickle.dumps(list(storages or {}), 2)]
    parts += [(len(content) // 4).to_bytes(8, "little") + content for content in (storages or {}).values()]
    return b"".join(parts)


@contextmanager
def stub_class(module: str, name: str) -> Iterator[type]:
    """A class that pickles as `module.name`, of a package that is not installed."""
    made = type(name, (), {"__module__": module})
    parts = module.split(".")
    modules = {".".join(parts[: i + 1]): ModuleType(".".join(parts[: i + 1])) for i in range(len(parts))}
    setattr(modules[module], name, made)
    before = {key: sys.modules.get(key) for key in modules}
    sys.modules.update(modules)
    try:
        yield made
    finally:
        for key, old in before.items():
            if old is None:
                del sys.modules[key]
            else:
                sys.modules[key] = old


def plain(value: object) -> bytes:
    """The opcodes of a value, without the start and the end of a pickle."""
    return pickle.dumps(value, 2)[2:-1]
