"""Text that tries to get out of where it is shown: for whoever prints what a stranger wrote."""

from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

HOSTILE = (
    "$(touch /tmp/pwned) `touch /tmp/pwned` ${{ secrets.HF_TOKEN }}",
    "one\n::set-output name=matrix::evil",
    "::add-mask::e",
    "##[add-mask]e",
    "%0A::error::no",
    "\r\n::stop-commands::x",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</code></td></tr></table><h1>approved</h1>",
    "<!-- ",
    "[click](javascript:alert(1))",
    "![x](https://example.com/track.png)",
    "<https://example.com> https://example.com www.example.com a@example.com",
    "[a]: https://example.com",
    "@everyone #1 org/repo#2 GH-3 :tada:",
    "| a | b |\n|---|---|\n| c | d |",
    "\\| a \\\\| b \\",
    "```\n# out\n```",
    "`````json",
    "~~~~",
    "`` ` ``",
    "# heading\n\n- list\n\n---",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "*bold* _it_ ~~gone~~ $x$ $`x`$",
    "abc\u202edcba\u2066x\u2069\u200b",
    "\x1b[31mred\x1b[0m\0",
    "\u2028::error::x\u2029",
    "    four spaces",
    "n" * 1_000_000,
    "`|" * 500_000,
)
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_WANTED_BLOCKS = {
    *("heading", "paragraph", "fence", "bullet_list", "list_item"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *("inline", "text", "text_special", "code_inline", "softbreak", "strong"),
}


@lru_cache(maxsize=2)  # a page is looked at in several ways, and parsing one of a MiB takes seconds
def _parsed(markdown: str) -> tuple[Token, ...]:
    return tuple(_PARSER.parse(markdown))


def tokens_of(markdown: str) -> list[Token]:
    """Everything that is rendered, flat: blocks, and what is in their lines."""
    flat = []
    for token in _parsed(markdown):
        flat += [token, *(token.children or ())]
    return flat


def kinds_of(markdown: str) -> list[str]:
    """What is rendered, without its text: equal for two pages that differ in text only, apart from code spans."""
    return [token.type for token in _parsed(markdown)]


def require_tame(markdown: str) -> None:
    """Nothing of it is a link, a picture, raw HTML or anything else that our pages never have."""
    found = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens_of(markdown)}
    assert found <= _WANTED_BLOCKS, found - _WANTED_BLOCKS
    for token in tokens_of(markdown):
        if token.type == "text":
            # GitHub makes links of these, which this parser does not do.
            assert "://" not in token.content
            assert "www." not in token.content
            assert "@" not in token.content
            assert token.content.isprintable()
