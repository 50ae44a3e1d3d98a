"""Sound weight files, changed at random from a seed, through the readers: what comes out, and in how much memory."""

import io
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from converter.cli.step_clock import peak_bytes
from converter.weights import Scope, TensorInfo, WeightsError, header_size, parse_header, torch_tensors
from converter.weights.foreign import START_BYTES
from converter.weights.header import LENGTH_BYTES
from converter.weights.torch_pickle import PickleMachine
from tests.support.safetensors_files import entry, raw_file
from tests.support.torch_files import legacy_checkpoint, plain, tensor_pickle, zip_checkpoint

_NUMBERS = tuple(
    number.to_bytes(size, "little")
    for size in (1, 2, 4, 8)
    for number in (0, 1, 2 ** (8 * size - 1) - 1, 2 ** (8 * size - 1), 2 ** (8 * size) - 1)
)
_OPCODES = b"().0125NKMJGXUBTCcib}]aehjlqrtuspdQPR" + bytes(range(0x80, 0x98))
_SMALL = {"state_dict": {}, "epoch": 3, "hparams": [1.5, None, True, b"x"]}


@dataclass(frozen=True)
class Reader:
    """One of the readers, and sound inputs for it."""

    name: str
    sound: tuple[bytes, ...]
    read: Callable[[bytes], None]
    """Raises `AssertionError` where it accepts what it must not."""


@dataclass
class Report:
    """What became of the inputs. Mutable."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """`READER: read`, or `READER: NAME-OF-THE-ERROR`."""
    failures: list[tuple[str, bytes, BaseException]] = field(default_factory=list)
    """Anything else than a value or an error of ours."""
    grown_bytes: int = 0
    """By how much the process grew at its largest."""


def fuzz(inputs: int, seed: int) -> Report:
    """Put `inputs` changed files through all readers in turn; the same seed gives the same files."""
    report, chance, readers = Report(), random.Random(seed), _readers()
    for reader in readers:
        _run(reader, reader.sound[0], report)  # what is imported and cached at first use is no growth
    before = peak_bytes()
    while report.inputs < inputs:
        reader = readers[report.inputs % len(readers)]
        _run(reader, _changed(chance, reader.sound), report)
    report.grown_bytes = peak_bytes() - before
    return report


def _run(reader: Reader, data: bytes, report: Report) -> None:
    report.inputs += 1
    try:
        reader.read(data)
        outcome = "read"
    except WeightsError as error:
        outcome = type(error).__name__
    except BaseException as error:  # noqa: BLE001  # that nothing else comes out is what is tested
        outcome = type(error).__name__
        report.failures.append((reader.name, data, error))
    report.outcomes[f"{reader.name}: {outcome}"] += 1


def _readers() -> tuple[Reader, ...]:
    tensors = {"a.weight": entry("F32", [2, 3], 0, 24), "b.bias": entry("F16", [4], 24, 32)}
    pickles = (tensor_pickle(), b"\x80\x02" + plain(_SMALL) + b".", tensor_pickle(shape=(2, 2), strides=(1, 2)))
    zips = tuple(zip_checkpoint(data, {"0": bytes(16)}, byteorder=b"little") for data in pickles)
    legacy = tuple(legacy_checkpoint(data, {"0": bytes(16)} if b"storage" in data else {}) for data in pickles)
    return (
        Reader("safetensors", (raw_file({"__metadata__": {"k": "v"}, **tensors}) + bytes(32),), _read_safetensors),
        Reader("zip", zips, _read_torch),
        Reader("zip with its checksum", pickles, lambda data: _read_torch(zip_checkpoint(data, {"0": bytes(16)}))),
        Reader("legacy", legacy, _read_torch),
        Reader("pickle", pickles, _read_pickle),
    )


def _read_safetensors(data: bytes) -> None:
    size = header_size(data[:START_BYTES], len(data))
    header = parse_header(data[LENGTH_BYTES : LENGTH_BYTES + size], len(data))
    _require_inside(header.tensors.values(), len(data))


def _read_torch(data: bytes) -> None:
    for scope in (Scope.HEADERS, Scope.WHOLE):
        tensors = torch_tensors(lambda begin, size: data[begin : begin + size], len(data), scope)
        _require_inside(tensors.values(), len(data))


def _read_pickle(data: bytes) -> None:
    PickleMachine().read(io.BytesIO(data))


def _require_inside(tensors: Iterable[TensorInfo], file_size: int) -> None:
    for info in tensors:
        if not 0 <= info.begin <= info.end <= file_size:
            raise AssertionError(f"{info} is not inside {file_size} bytes")


def _changed(chance: random.Random, sound: tuple[bytes, ...]) -> bytes:
    data = bytearray(chance.choice(sound))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        chance.choice(_CHANGES)(chance, data, chance.choice(sound))
    return bytes(data)


def _flip(chance: random.Random, data: bytearray, _: bytes) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.randrange(256)


def _put_number(chance: random.Random, data: bytearray, _: bytes) -> None:
    number, at = chance.choice(_NUMBERS), chance.randrange(len(data) + 1)
    data[at : at + len(number)] = number


def _put_opcodes(chance: random.Random, data: bytearray, _: bytes) -> None:
    at = chance.randrange(len(data) + 1)
    data[at : at + chance.randrange(3)] = bytes(chance.choices(_OPCODES, k=chance.randint(1, 6)))


def _cut(chance: random.Random, data: bytearray, _: bytes) -> None:
    begin, end = sorted(chance.choices(range(len(data) + 1), k=2))
    del data[begin : end if chance.random() < 0.7 else len(data)]


def _repeat(chance: random.Random, data: bytearray, _: bytes) -> None:
    begin, end = sorted(chance.choices(range(len(data) + 1), k=2))
    data[end:end] = data[begin:end] * chance.choice((1, 1, 1, 50))


def _splice(chance: random.Random, data: bytearray, other: bytes) -> None:
    at, begin = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    data[at:] = other[begin:]


_CHANGES = (_flip, _flip, _flip, _put_number, _put_opcodes, _cut, _repeat, _splice)
