"""Read a pickle as data, with a small machine of our own: it knows values, containers and tensors, and calls nothing.

Python's own unpickler, even restricted to an allow-list, takes memory and time as the file pleases (memo indices,
preallocated buffers, hashes of nested tuples). Here every opcode makes at most one value from bytes that are there.
"""

from collections.abc import Callable, Set
from typing import IO

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.torch_globals import (
    ORDERED_DICT,
    REBUILD_PARAMETERS,
    REBUILD_TENSORS,
    SIZE,
    Global,
    Inert,
    allowed,
)
from converter.weights.torch_modules import PARAMETER_DICT, ParameterDict
from converter.weights.torch_opcodes import VALUES, next_opcode
from converter.weights.torch_tensor import Storage, StoredTensor, storage_of, tensor_of

MAX_PICKLE_BYTES = 16 << 20
"""Stable Diffusion 1.5 has 0.2 MB, with its averages and its optimizer's state about 1 MB."""
_MAX_OPCODES = 1_000_000
_MAX_INDEX_BITS = 32  # numbers can be made to collide in a dict, which takes for ever; so small ones cannot
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KEYS = (str, bytes, int, Global, type(None))


class PickleMachine:
    """Reads one pickle; afterwards `storages` has every storage that was named."""

    def __init__(self, modules: Set[str] = frozenset()) -> None:
        """`modules` are the classes, of those in `torch_modules`, that the pickle may name besides."""
        self._modules = modules
        self.storages: dict[str, Storage] = {}
        self._stack: list[object] = []
        self._marks: list[list[object]] = []
        self._memo: dict[int, object] = {}

    def read(self, stream: IO[bytes]) -> object:
        """The value of the pickle that begins where `stream` stands; leaves it behind the last byte.

        Raises:
            WeightsError: it asks for something else than data, or is damaged, or endless.
        """
        try:
            for _ in range(_MAX_OPCODES):
                name, argument = next_opcode(stream)
                if name == "STOP":
                    return self._stack.pop()
                self._step(name, argument)
        except (IndexError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise WeightsError(
                f"the pickle is damaged at byte {stream.tell():,} ({type(error).__name__}: {clipped(str(error))}), "
                "expected what torch.save writes; download it again"
            ) from error
        raise WeightsError(
            f"the pickle has more than {_MAX_OPCODES:,} instructions, expected a checkpoint's few hundred thousand; "
            "it is damaged or was made to deceive: check where it came from"
        )

    def _step(self, name: str, argument: object) -> None:
        if name in VALUES:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _TUPLES:
            self._stack.append(tuple(reversed([self._stack.pop() for _ in range(_TUPLES[name])])))
        elif name in _ACTIONS:
            _ACTIONS[name](self, argument)
        else:
            raise WeightsError(
                f"the pickle uses {name}, which torch.save does not write; nothing was executed. "
                "Use a .safetensors version of the model"
            )

    def _since_mark(self) -> list[object]:
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _mark(self, _: object) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _pop(self, _: object) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._since_mark()

    def _put(self, index: object) -> None:
        self._memo[len(self._memo) if index is None else _index(index)] = self._stack[-1]

    def _get(self, index: object) -> None:
        self._stack.append(self._memo[_index(index)])

    def _append(self, items: list[object]) -> None:
        target = self._stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif not isinstance(target, Inert):
            raise TypeError(f"{type(target).__name__} takes no items")

    def _set(self, items: list[object]) -> None:
        target = self._stack[-1]
        if isinstance(target, dict):
            _fill(target, items)
        elif not isinstance(target, Inert):
            raise TypeError(f"{type(target).__name__} takes no keys")

    def _global(self, argument: object) -> None:
        module, name = _texts(argument)
        self._stack.append(allowed(module, name, self._modules))

    def _stack_global(self, _: object) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError("a global without a name")
        self._stack.append(allowed(module, name, self._modules))

    def _instance(self, argument: object) -> None:
        self._global(argument)
        kind = self._stack.pop()
        self._since_mark()
        self._stack.append(_made(kind, ()))

    def _object(self, _: object) -> None:
        kind, *arguments = self._since_mark()
        self._stack.append(_made(kind, tuple(arguments)))

    def _reduce(self, _: object) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        self._stack.append(_made(function, arguments))

    def _new_with_keywords(self, _: object) -> None:
        self._stack.pop()
        self._reduce(None)

    def _persistent(self, _: object) -> None:
        storage = storage_of(self._stack.pop())
        known = self.storages.setdefault(storage.key, storage)
        if known.size_bytes != storage.size_bytes:
            raise ValueError(f"the storage {storage.key!r} has two sizes")
        self._stack.append(storage)

    def _ignored_frame(self, _: object) -> None:
        """FRAME and PROTO say nothing about the value."""

    def _state(self, _: object) -> None:
        """BUILD gives an object its attributes, of which only those of a ParameterDict matter."""
        state = self._stack.pop()
        if isinstance(self._stack[-1], ParameterDict):
            self._stack[-1].fill(state)
        elif not isinstance(self._stack[-1], Inert | StoredTensor | dict):
            raise TypeError(f"{type(self._stack[-1]).__name__} has no state")


_ACTIONS: dict[str, Callable[[PickleMachine, object], None]] = {
    "PROTO": PickleMachine._ignored_frame,
    "FRAME": PickleMachine._ignored_frame,
    "MARK": PickleMachine._mark,
    "POP": PickleMachine._pop,
    "POP_MARK": lambda machine, _: machine._since_mark().clear(),
    "DUP": lambda machine, _: machine._stack.append(machine._stack[-1]),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), PickleMachine._put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), PickleMachine._get),
    "STRING": lambda machine, argument: machine._stack.extend(_texts(argument)),
    "EMPTY_LIST": lambda machine, _: machine._stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine._stack.append({}),
    "EMPTY_SET": lambda machine, _: machine._stack.append(Inert()),
    "LIST": lambda machine, _: _onto(machine, list),
    "TUPLE": lambda machine, _: _onto(machine, tuple),
    "DICT": lambda machine, _: _onto(machine, _dict),
    "FROZENSET": lambda machine, _: _onto(machine, lambda _: Inert()),
    "APPEND": lambda machine, _: machine._append([machine._stack.pop()]),
    "APPENDS": lambda machine, _: machine._append(machine._since_mark()),
    "ADDITEMS": lambda machine, _: machine._append(machine._since_mark()),
    "SETITEM": lambda machine, _: machine._set([machine._stack.pop(-2), machine._stack.pop()]),
    "SETITEMS": lambda machine, _: machine._set(machine._since_mark()),
    "GLOBAL": PickleMachine._global,
    "STACK_GLOBAL": PickleMachine._stack_global,
    "INST": PickleMachine._instance,
    "OBJ": PickleMachine._object,
    "REDUCE": PickleMachine._reduce,
    "NEWOBJ": PickleMachine._reduce,
    "NEWOBJ_EX": PickleMachine._new_with_keywords,
    "BUILD": PickleMachine._state,
    "BINPERSID": PickleMachine._persistent,
}


def _onto(machine: PickleMachine, make: Callable[[list[object]], object]) -> None:
    items = machine._since_mark()
    machine._stack.append(make(items))


def _made(kind: object, arguments: object) -> object:
    """What a call in the pickle stands for, known by the name of what it calls."""
    if not isinstance(kind, Global) or not isinstance(arguments, tuple):
        raise TypeError(f"a call of {type(kind).__name__}")
    if kind.inert:
        return Inert()
    if kind.path == ORDERED_DICT and not arguments:
        return {}
    if kind.path == PARAMETER_DICT and not arguments:
        return ParameterDict()
    if kind.path == SIZE and len(arguments) == 1:
        return arguments[0]  # not copied: a file can ask for the same long tuple a million times
    if kind.path in REBUILD_PARAMETERS:
        if not arguments or not isinstance(arguments[0], StoredTensor):
            raise TypeError("a parameter without a tensor")
        return arguments[0]
    if kind.path in REBUILD_TENSORS:
        return tensor_of(kind.path, arguments)
    raise TypeError(f"{kind.path} with {len(arguments)} arguments")


def _dict(items: list[object]) -> dict[object, object]:
    return _fill({}, items)


def _fill(target: dict[object, object], items: list[object]) -> dict[object, object]:
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, _KEYS):
            raise TypeError(f"a key is a {type(key).__name__}")
        if isinstance(key, int):
            _index(key)
        if key in target:
            raise ValueError(f"the key {clipped(key)} is there twice")
        target[key] = value
    return target


def _texts(argument: object) -> list[str]:
    return argument if isinstance(argument, list) else []


def _index(argument: object) -> int:
    if not isinstance(argument, int) or argument.bit_length() > _MAX_INDEX_BITS:
        raise TypeError("no number, or one too large for a key")
    return argument
