"""The index as a value and as JSON."""

import json
import random
from dataclasses import replace

import pytest

from converter.errors import ExitCode
from converter.hub import HubError, Index, IndexRow, ReleaseNotFound, YankedRelease
from converter.hub.errors import IndexUnreadable
from converter.hub.index import large_lines
from converter.release import FileRecord


def row(name: str = "pico", version: int = 1, yanked: str | None = None) -> IndexRow:
    return IndexRow(
        name=name,
        version=version,
        tag=f"{name}.v{version}",
        commit="c" * 40,
        fingerprint="f" * 64,
        recipe=1,
        asked={"name": name, "weight": 1.5},
        architecture="sd1",
        precision="fp32",
        license=None,
        size_bytes=10,
        sums_sha256="5" * 64,
        yanked=yanked,
    )


ROWS = [row("pico"), row("pico", 2), row("pico", 10), row("nano", 1, yanked="broken VAE"), row("nano", 2)]


def test_an_index_survives_its_json() -> None:
    index = Index.of(ROWS)

    assert Index.from_json(index.to_json(), "here") == index


def test_the_order_of_the_rows_makes_no_difference() -> None:
    shuffled = random.Random(3).sample(ROWS, len(ROWS))

    assert Index.of(shuffled).to_json() == Index.of(ROWS).to_json()


def test_versions_are_ordered_as_numbers() -> None:
    assert [r.version for r in Index.of(ROWS).versions("pico")] == [1, 2, 10]


def test_a_name_finds_its_latest_release() -> None:
    assert Index.of(ROWS).find("pico").tag == "pico.v10"


def test_a_yanked_release_is_not_the_latest() -> None:
    index = Index.of([row("pico", 1), row("pico", 2, yanked="wrong scheduler")])

    assert index.find("pico").tag == "pico.v1"


def test_a_yanked_release_is_found_by_its_tag_only_if_it_is_allowed() -> None:
    assert Index.of(ROWS).find("nano.v1", allow_yanked=True).yanked == "broken VAE"
    with pytest.raises(
        YankedRelease, match=r"nano\.v1 is yanked: broken VAE; take nano\.v2, or give --allow-y"
    ) as caught:
        Index.of(ROWS).find("nano.v1")
    assert caught.value.exit_code == ExitCode.PERSON


def test_a_name_with_only_yanked_releases_says_why() -> None:
    index = Index.of([row("nano", 1, yanked="broken"), row("nano", 2, yanked="a\nb")])
    with pytest.raises(YankedRelease, match=r"every release of nano is yanked: a\\nb; take another model, or"):
        index.find("nano")
    assert index.find("nano", allow_yanked=True).tag == "nano.v2"


def test_a_yanked_release_that_is_allowed_is_still_not_the_latest() -> None:
    index = Index.of([row("pico", 1), row("pico", 2, yanked="wrong scheduler")])

    assert index.find("pico", allow_yanked=True).tag == "pico.v1"


@pytest.mark.parametrize(("wanted", "hint"), [("pikco", "pico"), ("pico.v3", r"pico\.v10"), ("zzz", "`list`")])
def test_an_unknown_name_is_answered_with_the_nearest(wanted: str, hint: str) -> None:
    with pytest.raises(ReleaseNotFound, match=hint):
        Index.of(ROWS).find(wanted)


def test_the_marks_replace_those_that_were_there() -> None:
    index = Index.of(ROWS).with_yanked({"pico.v2": "wrong scheduler", "gone.v1": "nothing"})

    assert {row.tag: row.yanked for row in index.rows if row.yanked} == {"pico.v2": "wrong scheduler"}
    assert index.with_yanked({"nano.v1": "broken VAE"}) == Index.of(ROWS)


def changed(**change: object) -> bytes:
    raw = json.loads(Index.of([row()]).to_json())
    raw["releases"][0].update(change)
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    ("defect", "data"),
    [
        ("not JSON", b"{"),
        ("not UTF-8", b"\xff"),
        ("a list", b"[]"),
        ("no schema", b"{}"),
        ("another schema", b'{"schema": "1", "releases": []}'),
        ("no releases", b'{"schema": 1}'),
        ("nested without end", b'{"schema": 1, "releases": ' + b"[" * 100_000),
        ("unknown key", changed(colour="red")),
        ("text for a number", changed(version="1")),
        ("true for a number", changed(version=True)),
        ("number for text", changed(commit=1)),
        ("another tag", changed(tag="pico.v2")),
        ("no object", b'{"schema": 1, "releases": [1]}'),
        ("twice", json.dumps({"schema": 1, "releases": 2 * json.loads(changed())["releases"]}).encode()),
    ],
)
def test_a_broken_index_is_unreadable(defect: str, data: bytes) -> None:
    with pytest.raises(IndexUnreadable, match=r"^hf:org/zoo"):
        Index.from_json(data, "hf:org/zoo: index.json")


def test_an_index_of_a_later_version_is_not_taken_for_a_broken_one() -> None:
    with pytest.raises(HubError, match=r"schema 2.*use a later version") as caught:
        Index.from_json(b'{"schema": 2}', "here")

    assert not isinstance(caught.value, IndexUnreadable)


FILES = (f"{'a' * 64} 20000 unet/weights.pb", f"{'b' * 64} 300 unet/a name with spaces.onnx")


def test_the_large_files_of_a_release_survive_the_json() -> None:
    index = Index.of([replace(row(), files=FILES), replace(row("nano"), files=())])

    again = Index.from_json(index.to_json(), "here")

    assert again == index
    assert list(again.by_tag["pico.v1"].large_files) == [
        FileRecord("unet/weights.pb", 20000, "a" * 64),
        FileRecord("unet/a name with spaces.onnx", 300, "b" * 64),
    ]


def test_an_index_from_before_there_were_files_is_read_and_written_as_it_was() -> None:
    old = Index.of(ROWS).to_json()

    assert b'"files"' not in old
    assert Index.from_json(old, "here").to_json() == old


@pytest.mark.parametrize("files", ["a line", ["nothing"], [f"{'a' * 64} 1 x\ny"], [f"{'a' * 64} -1 x"], [1], {}])
def test_files_that_are_no_such_lines_make_an_index_that_is_rebuilt(files: object) -> None:
    raw = json.loads(Index.of([row()]).to_json())
    raw["releases"][0]["files"] = files

    with pytest.raises(IndexUnreadable, match="files is"):
        Index.from_json(json.dumps(raw).encode(), "here")


def test_only_what_a_hub_keeps_by_its_digest_is_in_the_lines() -> None:
    records = [
        FileRecord(path, 1, "a" * 64) for path in ("unet/weights.pb", "unet/config.json", "images/difference.png")
    ]

    assert large_lines(records) == (f"{'a' * 64} 1 unet/weights.pb", f"{'a' * 64} 1 images/difference.png")


def test_a_hand_made_manifest_says_nothing_about_large_files() -> None:
    assert large_lines([FileRecord("unet/weights.pb", 1, "no digest")]) is None


TEXTS = ("name", "tag", "commit", "fingerprint", "architecture", "precision", "sums_sha256")
KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(TEXTS, (str,)),
    **dict.fromkeys(("version", "recipe", "size_bytes"), (int,)),
    **dict.fromkeys(("license", "yanked"), (str, type(None))),
    "asked": (dict,),
}


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "text", [], {}], ids=repr)
@pytest.mark.parametrize("column", KINDS)
def test_a_value_of_another_type_is_named(column: str, value: object) -> None:
    wrong = type(value) not in KINDS[column]
    said = f"{column} is {value!r}" if wrong else "the tag of"
    if not wrong and column not in ("name", "version", "tag"):
        assert getattr(Index.from_json(changed(**{column: value}), "here").rows[0], column) == value
    elif wrong or value != 1:
        with pytest.raises(IndexUnreadable) as caught:
            Index.from_json(changed(**{column: value}), "here")
        assert said in str(caught.value)


@pytest.mark.parametrize("column", KINDS)
def test_a_row_without_a_column_is_unreadable(column: str) -> None:
    raw = json.loads(changed())
    del raw["releases"][0][column]

    with pytest.raises(IndexUnreadable, match=column):
        Index.from_json(json.dumps(raw).encode(), "here")
