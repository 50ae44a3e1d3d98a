"""What a torch checkpoint's pickle may name, and what each name stands for. Nothing of it is ever imported or called.

Source of the torch names: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/_utils.py and
https://github.com/pytorch/pytorch/blob/v2.13.0/torch/storage.py (BSD-3-Clause)
"""

from collections.abc import Set
from dataclasses import dataclass

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped

STORAGES = {
    "torch.FloatStorage": "F32", "torch.DoubleStorage": "F64", "torch.HalfStorage": "F16",
    "torch.BFloat16Storage": "BF16", "torch.LongStorage": "I64", "torch.IntStorage": "I32",
    "torch.ShortStorage": "I16", "torch.CharStorage": "I8", "torch.ByteStorage": "U8",
    "torch.BoolStorage": "BOOL", "torch.ComplexFloatStorage": "C64",
    "torch.UntypedStorage": "U8", "torch.storage.UntypedStorage": "U8",
}  # fmt: skip
"""Storage class to the safetensors dtype of its elements."""

DTYPES = {
    "torch.float32": "F32", "torch.float": "F32", "torch.float64": "F64", "torch.float16": "F16",
    "torch.bfloat16": "BF16", "torch.int64": "I64", "torch.int32": "I32", "torch.int16": "I16", "torch.int8": "I8",
    "torch.uint64": "U64", "torch.uint32": "U32", "torch.uint16": "U16", "torch.uint8": "U8", "torch.bool": "BOOL",
    "torch.complex64": "C64", "torch.float8_e4m3fn": "F8_E4M3", "torch.float8_e4m3fnuz": "F8_E4M3FNUZ",
    "torch.float8_e5m2": "F8_E5M2", "torch.float8_e5m2fnuz": "F8_E5M2FNUZ", "torch.float8_e8m0fnu": "F8_E8M0",
}  # fmt: skip
"""torch's dtype to that of safetensors."""

REBUILD_V1 = "torch._utils._rebuild_tensor"
REBUILD_V2 = "torch._utils._rebuild_tensor_v2"
REBUILD_V3 = "torch._utils._rebuild_tensor_v3"
REBUILD_TENSORS = (REBUILD_V1, REBUILD_V2, REBUILD_V3)
REBUILD_PARAMETERS = ("torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state")
ORDERED_DICT = "collections.OrderedDict"
SIZE = "torch.Size"
_UNDERSTOOD = {*REBUILD_TENSORS, *REBUILD_PARAMETERS, ORDERED_DICT, SIZE}

_BUILTINS = (
    "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long", "object", "range",
    "set", "slice", "str", "tuple", "unicode",
)  # fmt: skip
_NUMPY = (
    "dtype", "ndarray", "bool_", "float16", "float32", "float64", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip
# Settings, counters and callbacks that trainers leave beside the weights.
_OF_TRAINERS = (
    "_codecs.encode", "argparse.Namespace", "collections.Counter", "collections.defaultdict", "collections.deque",
    "copy_reg._reconstructor", "copyreg._reconstructor", "copyreg.__newobj__", "datetime.datetime",
    "datetime.timedelta", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
    "torch.device", "typing.Any", "uuid.UUID",
    "lightning_fabric.utilities.data.AttributeDict",
    "omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig", "omegaconf.nodes.AnyNode", "omegaconf.nodes.BooleanNode",
    "omegaconf.nodes.FloatNode", "omegaconf.nodes.IntegerNode", "omegaconf.nodes.StringNode",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
    "pytorch_lightning.callbacks.lr_monitor.LearningRateMonitor",
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.utilities.parsing.AttributeDict",
)  # fmt: skip
_INERT = {
    *_OF_TRAINERS,
    *(f"{module}.{name}" for module in ("builtins", "__builtin__") for name in _BUILTINS),
    *(f"numpy.{name}" for name in _NUMPY),
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
}
_ALLOWED = _UNDERSTOOD | _INERT | STORAGES.keys() | DTYPES.keys()


@dataclass(frozen=True)
class Global:
    """A name in a pickle. It is a word, not the thing that it names."""

    path: str
    """Module and name, such as `torch.FloatStorage`."""

    @property
    def inert(self) -> bool:
        """Whether whatever is made of it is left over from training."""
        return self.path in _INERT


class Inert:
    """What a pickle makes of a name that is not needed: it has no content, and nothing can be done to it."""


def allowed(module: str, name: str, more: Set[str] = frozenset()) -> Global:
    """The word for `module.name`, which is one of ours or of `more`.

    A pickle may name any function of Python and have it called: `os.system`, or `builtins.getattr` to reach it.

    Raises:
        WeightsError: it is none of those that plain weights and known trainers need.
    """
    path = f"{module}.{name}"
    if path not in _ALLOWED and path not in more:
        raise WeightsError(
            f"the pickle asks for {clipped(path)}, expected only tensors and the settings of known trainers; nothing "
            "was executed. Do not load this file elsewhere either: use a .safetensors version of the model"
        )
    return Global(path)
