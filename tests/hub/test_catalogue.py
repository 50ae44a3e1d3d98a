"""The catalogue for people."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from converter.hub import Index, IndexRow
from converter.hub.catalogue import catalogue

ROW = IndexRow(
    name="pico",
    version=2,
    tag="pico.v2",
    commit="c" * 40,
    fingerprint="f" * 64,
    recipe=1,
    asked={"name": "pico"},
    architecture="sd1",
    precision="fp32",
    license="mit",
    size_bytes=4_265_147_000,
    sums_sha256="5" * 64,
)


HOSTILE = [
    "a | b",
    "a\n\n# b",
    "<script>alert(1)</script>",
    "<!-- ",
    "[x](http://y)",
    "![x](http://y)",
    "https://evil.example/a",
    "www.evil.example",
    "HTTP://evil.example",
    "me@evil.example",
    "`a` ``b``",
    "```\nx\n```",
    "\\| \\`",
    "1. x",
    "&lt;b&gt;",
    "~~a~~ **b** __c__",
]


def fused(optimize: str) -> IndexRow:
    return replace(ROW, asked={"name": "pico", "optimize": optimize})


def test_a_fused_release_says_so_beside_its_numbers() -> None:
    plain, quick = (page(Index((row,))) for row in (ROW, fused("fused")))

    assert "| pico | `pico.v2` | sd1 | fp32 |" in plain
    assert "| pico | `pico.v2` | sd1 | fp32 fused |" in quick


def page(index: Index, *retired: str, repo_id: str | None = "org/zoo") -> str:
    return catalogue(index, retired, repo_id).decode()


BARE_LINK = re.compile(r"://|www\.|(?<!\\)@", re.IGNORECASE)
"""What GitHub's flavour makes a link of where it stands in the source as it is."""


def rendered(text: str) -> list[Token]:
    """Every token of the page, in GitHub's flavour but for bare links."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    body = text.split("---\n", 2)[2]
    return [inner for token in parser.parse(body) for inner in (token, *(token.children or ()))]


def words(text: str) -> str:
    return " ".join("".join(token.content for token in rendered(text) if token.type == "text").split())


def test_the_catalogue_has_one_row_a_model_with_its_latest_release() -> None:
    text = page(Index.of([replace(ROW, version=1, tag="pico.v1"), ROW]))

    load = '`snapshot_download("org/zoo", revision="pico.v2")`'
    assert f"| pico | `pico.v2` | sd1 | fp32 | 4.27 GB | mit | {load} |" in text
    assert "pico.v1" not in text


def test_a_model_with_only_yanked_releases_is_below_the_table_with_the_reason() -> None:
    text = page(Index.of([replace(ROW, yanked="broken")]))

    assert "| pico" not in text
    assert "Nothing is published yet." in text
    assert "- `pico.v2`: broken" in text.split("## Yanked")[1]


def test_a_yanked_release_leaves_the_row_to_the_one_before() -> None:
    text = page(Index.of([replace(ROW, version=1, tag="pico.v1"), replace(ROW, yanked="broken")]))

    assert "| pico | `pico.v1` |" in text
    assert "- `pico.v2`: broken" in text


def test_a_retired_model_is_below_the_table_with_its_latest_release() -> None:
    other = replace(ROW, name="nano", tag="nano.v2")
    text = page(Index.of([ROW, other]), "nano", "never-published")

    table, below = text.split("## Retired")
    assert "nano" not in table
    assert "- nano: `nano.v2`" in below
    assert "never-published" not in text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", ["license", "architecture", "precision", "yanked"])
def test_hostile_text_stays_text_on_its_line(field: str, hostile: str) -> None:
    plain, attacked = (
        Index.of([replace(ROW, name="ok", tag="ok.v2"), replace(ROW, **{field: text})]) for text in ("x", hostile)
    )

    assert [token.type for token in rendered(page(attacked)) if token.type not in ("text", "text_special")] == [
        token.type for token in rendered(page(plain)) if token.type not in ("text", "text_special")
    ]
    assert " ".join(hostile.split()) in words(page(attacked))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_an_index_says_of_fusing_stays_text_too(hostile: str) -> None:
    field, asked = (page(Index.of([row])) for row in (replace(ROW, precision=f"fp32 {hostile}"), fused(hostile)))

    assert asked == field


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if BARE_LINK.search(text)])
def test_a_bare_address_does_not_become_a_link(hostile: str) -> None:
    attacked = Index.of([replace(ROW, license=hostile), replace(ROW, version=3, tag="pico.v3", yanked=hostile)])

    assert BARE_LINK.search(page(attacked)) is None


def test_the_catalogue_tells_how_to_load_from_the_repository() -> None:
    assert 'snapshot_download("org/zoo", revision="pico.v2")' in page(Index.of([ROW])).split("```python")[1]


def test_the_catalogue_of_a_folder_names_no_repository() -> None:
    text = page(Index.of([ROW]), repo_id=None)

    assert 'from_pretrained("pico.v2")' in text
    assert "| `pico.v2/` |" in text
    assert "snapshot_download" not in text


def test_the_order_of_the_releases_makes_no_difference() -> None:
    rows = [ROW, replace(ROW, name="nano", tag="nano.v2"), replace(ROW, version=1, tag="pico.v1", yanked="old")]

    assert page(Index.of(rows), "b", "a") == page(Index.of(rows[::-1]), "a", "b")
