"""Torch checkpoints that are hostile or damaged: refused by name, and nothing of them is ever executed."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from converter.weights import TorchFile, WeightsError
from converter.weights.torch_pickle import MAX_PICKLE_BYTES
from tests.support.torch_files import legacy_checkpoint, plain, tensor_pickle, zip_checkpoint

FLOATS = bytes(16)
GOOD = tensor_pickle()


def refused(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "m.ckpt"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        TorchFile.open(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


class Calls:
    """Pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


def test_what_is_written_by_hand_here_is_sound_unless_something_is_changed(tmp_path: Path) -> None:
    for content in (zip_checkpoint(GOOD, {"0": FLOATS}), legacy_checkpoint(GOOD, {"0": FLOATS})):
        (tmp_path / "m.ckpt").write_bytes(content)
        with TorchFile.open(tmp_path / "m.ckpt") as file:
            assert file.read("w").tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_pickle_that_would_run_a_command_is_refused_and_runs_nothing(
    tmp_path: Path, protocol: int, legacy: bool
) -> None:
    proof = tmp_path / "it-was-executed"
    data = pickle.dumps({"w": Calls(os.system, f"touch {proof}")}, protocol)
    pickle.loads(data)  # noqa: S301  the attack works where it is let
    assert proof.exists()
    proof.unlink()

    message = refused(tmp_path, legacy_checkpoint(data) if legacy else zip_checkpoint(data))

    assert "the pickle asks for 'posix.system', expected only tensors" in message
    assert "nothing was executed" in message
    assert not proof.exists()


@pytest.mark.parametrize("place", ["magic", "system", "keys"])
def test_a_command_in_any_of_the_older_forms_pickles_is_refused(tmp_path: Path, place: str) -> None:
    attack = pickle.dumps(Calls(os.system, f"touch {tmp_path / 'executed'}"), 2)
    whole = legacy_checkpoint(GOOD, {"0": FLOATS})
    start = {"magic": 0, "system": whole.index(b"\x80\x02}"), "keys": whole.rindex(b"\x80\x02]")}[place]

    assert "the pickle asks for 'posix.system'" in refused(tmp_path, whole[:start] + attack + whole[start:])
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("opcodes", "named"),
    [
        (b"cos\nsystem\n", "'os.system'"),
        (b"cbuiltins\neval\n", "'builtins.eval'"),
        (b"cbuiltins\nexec\n", "'builtins.exec'"),
        (b"cbuiltins\ngetattr\n", "'builtins.getattr'"),
        (b"c__builtin__\n__import__\n", "'__builtin__.__import__'"),
        (b"csubprocess\nPopen\n", "'subprocess.Popen'"),
        (b"ctorch\nload\n", "'torch.load'"),
        (b"ctorch\nhub.load\n", "'torch.hub.load'"),
        (b"ctorch.serialization\nload\n", "'torch.serialization.load'"),
        (b"ctorch._utils\n_rebuild_sparse_tensor\n", "'torch._utils._rebuild_sparse_tensor'"),
        (b"crunpy\n_run_code\n", "'runpy._run_code'"),
        (b"cnumpy.testing._private.utils\nrunstring\n", "'numpy.testing._private.utils.runstring'"),
        (b"(S'ls'\nios\nsystem\n", "'os.system'"),
        (b"(cos\nsystem\nS'ls'\no", "'os.system'"),
        (b"\x8c\x02os\x8c\x06system\x93", "'os.system'"),
        (b"cos.path\nos.system\n", "'os.path.os.system'"),
        (b"ccollections\nOrderedDict.__init__.__globals__\n", "'collections.OrderedDict.__init__.__globals__'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_name_beyond_the_list_is_refused_however_it_is_asked_for(
    tmp_path: Path, opcodes: bytes, named: str
) -> None:
    assert f"the pickle asks for {named}, expected" in refused(tmp_path, zip_checkpoint(b"\x80\x04" + opcodes + b"."))


@pytest.mark.parametrize(
    ("opcodes", "words"),
    [
        (b"ccollections\nOrderedDict\nX\x02\0\0\0lsR", "a call of Global"),
        (b"X\x02\0\0\0ls)R", "a call of str"),
        (b"ctorch\nFloatStorage\n)R", "torch.FloatStorage with 0 arguments"),
        (b"ccopyreg\n_reconstructor\n)R)R", "a call of Inert"),
        (b"ctorch._utils\n_rebuild_parameter\n)R", "a parameter without a tensor"),
        (b"K\x01}b", "int has no state"),
        (b"\x82\x01", "the pickle uses EXT1, which torch.save does not write"),
        (b"P12\n", "the pickle uses PERSID"),
        (b"\x97", "the pickle uses NEXT_BUFFER"),
        (b"K\x01K\x02a", "int takes no items"),
        (b"K\x01K\x02K\x03s", "int takes no keys"),
        (b"}]K\x01s", "a key is a list"),
        (b"}K\x01K\x02sK\x01K\x02s", "the key 1 is there twice"),
        (b"}\x8a\x05\0\0\0\0\x01K\x02s", "one too large for a key"),
        (b"}G\0\0\0\0\0\0\0\0K\x02s", "a key is a float"),
        (b"Np99999999999\n", "one too large for a key"),
        (b"Nq\x01q\x02h\x03", "the pickle is damaged"),
        (b"}(K\x01K\x02K\x03u", "the pickle is damaged"),
        (b"K\x01K\x02\x93", "a global without a name"),
        (b"h\x07", "the pickle is damaged"),
        (b"\xff", "there is no opcode"),
        (b"", "the pickle is damaged"),
        (b"\x8b\x41\0\0\0" + b"\xff" * 64 + b"\x7f", "a number of 519 bits"),
        (b"Q", "the pickle is damaged"),
        (b"K\x01Q", "refers to 'int', expected a storage"),
        (b"(" + plain("module") + plain(1) + b"tQ", "refers to 'tuple', expected a storage"),
    ],
)
def test_what_makes_no_sense_is_refused_by_what_it_is(tmp_path: Path, opcodes: bytes, words: str) -> None:
    assert words in refused(tmp_path, zip_checkpoint(b"\x80\x04" + opcodes + b"."))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"elements": 5}, "the storage '0' has 16 bytes, expected 20 bytes"),
        ({"key": "../../etc/passwd"}, "the storage '../../etc/passwd' is missing"),
        ({"key": 0}, "a storage has the key 0"),
        ({"elements": -1}, "and -1 elements, expected"),
        ({"elements": 2**64}, "expected a text and a number"),
        ({"offset": 1}, "reaches element 4 of a storage of 4 elements"),
        ({"offset": -1}, "none negative"),
        ({"shape": (5,)}, "reaches element 4 of a storage of 4 elements"),
        ({"strides": (2,)}, "reaches element 6 of a storage of 4 elements"),
        ({"strides": (-1,)}, "none negative"),
        ({"shape": (1 << 40,), "strides": (0,)}, "or repeats them"),
        ({"shape": (1 << 62, 1 << 62), "strides": (0, 0)}, "or repeats them"),
        ({"shape": (2, 2)}, "none negative"),
        ({"shape": [4]}, "none negative"),
        ({"shape": (True,)}, "none negative"),
        ({"shape": (1,) * 65, "strides": (1,) * 65}, "none negative"),
    ],
    ids=str,
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    assert words in refused(tmp_path, zip_checkpoint(tensor_pickle(**changes), {"0": FLOATS}))


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_pickle_without_end_is_refused_in_time_and_memory(tmp_path: Path, legacy: bool) -> None:
    bomb = b"\x80\x02" + b"(" * 1_000_001 + b"."

    assert "more than 1,000,000 instructions" in refused(
        tmp_path, legacy_checkpoint(bomb) if legacy else zip_checkpoint(bomb)
    )


@pytest.mark.parametrize(
    "opcodes",
    [
        b"\x96" + (1 << 40).to_bytes(8, "little"),
        b"\x8e" + (1 << 62).to_bytes(8, "little"),
        b"\x8d" + (1 << 40).to_bytes(8, "little"),
        b"X\xff\xff\xff\xff",
        b"\x8b\xff\xff\xff\x7f",
    ],
    ids=["bytearray", "bytes", "text", "short-text", "number"],
)
def test_a_value_that_claims_more_bytes_than_there_are_is_refused(tmp_path: Path, opcodes: bytes) -> None:
    assert "the pickle is damaged at byte" in refused(tmp_path, zip_checkpoint(b"\x80\x04" + opcodes + b"."))


def test_a_huge_memo_index_takes_no_memory(tmp_path: Path) -> None:
    (tmp_path / "m.ckpt").write_bytes(zip_checkpoint(GOOD.replace(b"}", b"}r\xff\xff\xff\x7f", 1), {"0": FLOATS}))

    with TorchFile.open(tmp_path / "m.ckpt") as file:
        assert file.names == ("w",)


def test_tuples_nested_a_hundred_thousand_deep_are_refused(tmp_path: Path) -> None:
    deep = b"\x80\x02}" + b")" + b"\x85" * 100_000 + b"K\x01s."

    assert "a key is a tuple" in refused(tmp_path, zip_checkpoint(deep))


def test_a_pickle_too_large_for_one_is_not_even_read(tmp_path: Path) -> None:
    content = zip_checkpoint(b"\x80\x02" + bytes(MAX_PICKLE_BYTES))

    assert "'archive/data.pkl' has 16,777,218 bytes, expected at most 16,777,216" in refused(tmp_path, content)


def test_compressed_entries_are_refused(tmp_path: Path) -> None:
    content = zip_checkpoint(GOOD, {"0": FLOATS}, method=zipfile.ZIP_DEFLATED)

    assert "is compressed or encrypted, expected it stored as it is" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zip_checkpoint(GOOD, {"0": FLOATS}, byteorder=b"big"), "the byte order is b'big', expected little"),
        (zip_checkpoint(GOOD, {"0": FLOATS}, constants__pkl=b""), "is missing"),
        (zip_checkpoint(GOOD), "the storage '0' is missing, expected 16 bytes"),
        (zip_checkpoint(GOOD, {"0": FLOATS[1:]}), "the storage '0' has 15 bytes, expected 16 bytes"),
        (legacy_checkpoint(GOOD), "the list of storages is not that of the tensors"),
        (legacy_checkpoint(GOOD, {"1": FLOATS}), "the list of storages is not that of the tensors"),
        (legacy_checkpoint(GOOD, {"0": FLOATS[4:]}), "has 3 elements at byte"),
        (legacy_checkpoint(GOOD, {"0": FLOATS}) + b"x", "expected the end of the file at"),
        (legacy_checkpoint(GOOD, {"0": FLOATS}, little_endian=False), "the byte order is not little"),
        (pickle.dumps({"w": 1}, 2), "found a pickle without torch's magic number"),
        (pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1000, 2), "found a pickle without torch's protocol"),
    ],
)
def test_a_checkpoint_that_contradicts_itself_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    if b"constants" in content:
        content, words = content.replace(b"constants/pkl", b"constants.pkl"), "found a TorchScript program"

    assert words in refused(tmp_path, content)


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    content = zip_checkpoint(GOOD).replace(b"data.pkl", b"data.txt")

    assert "the zip archive has 0 data.pkl among 1 entries, expected one" in refused(tmp_path, content)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_checkpoint_cut_off_anywhere_is_refused(tmp_path: Path, legacy: bool) -> None:
    whole = (legacy_checkpoint if legacy else zip_checkpoint)(GOOD, {"0": FLOATS})

    for keep in range(4, len(whole)):
        assert refused(tmp_path, whole[:keep])
