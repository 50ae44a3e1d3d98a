import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.registry import (
    CivitaiSource,
    HttpsSource,
    HubFileSource,
    HubSource,
    LocalSource,
    Source,
    SourceSyntaxError,
    parse_source,
    without_secrets,
)
from converter.registry.quoting import quoted

CASES = {
    "prompthero/openjourney": HubSource("prompthero/openjourney", None),
    "huggingface://org/repo": HubSource("org/repo", None),
    "huggingface://org/repo@fp16": HubSource("org/repo", "fp16"),
    "huggingface://org/repo@refs/pr/7": HubSource("org/repo", "refs/pr/7"),
    "huggingface://org/repo@feature%2Fx": HubSource("org/repo", "feature/x"),
    "huggingface://org/repo@v1/unet/model.bin": HubFileSource("org/repo", "v1", "unet/model.bin"),
    "huggingface://org/repo/model.safetensors": HubFileSource("org/repo", None, "model.safetensors"),
    "https://huggingface.co/org/repo/resolve/main/a%20b.ckpt?download=true": HubFileSource(
        "org/repo", "main", "a b.ckpt"
    ),
    "https://huggingface.co/org/repo/resolve/refs%2Fpr%2F1/a.bin": HubFileSource("org/repo", "refs/pr/1", "a.bin"),
    "civitai://5796": CivitaiSource(5796, ()),
    "civitai://6266?type=Pruned%20Model&format=SafeTensor": CivitaiSource(
        6266, (("type", "Pruned Model"), ("format", "SafeTensor"))
    ),
    "https://example.com/a.safetensors?x=1": HttpsSource("https://example.com/a.safetensors?x=1"),
    "/srv/models/a.ckpt": LocalSource("/srv/models/a.ckpt"),
    "./models/a": LocalSource("./models/a"),
    "../models/.cache/a.safetensors": LocalSource("../models/.cache/a.safetensors"),
    ".cache/diffusion-sd-v1-5-pokemon": LocalSource(".cache/diffusion-sd-v1-5-pokemon"),
    "models/a.safetensors": LocalSource("models/a.safetensors"),
    "models/a.SafeTensors": LocalSource("models/a.SafeTensors"),
    "folder": LocalSource("folder"),
    "a/b/c": LocalSource("a/b/c"),
    "my models/sd": LocalSource("my models/sd"),
    "file:///srv/my%20models/a": LocalSource("/srv/my models/a"),
    "file://localhost/srv/a": LocalSource("/srv/a"),
    "file://../models/a": LocalSource("../models/a"),
}


@pytest.mark.parametrize(("text", "source"), CASES.items())
def test_every_way_to_write_a_source_is_read(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    "source", [s for s in CASES.values() if isinstance(s, HubSource | HubFileSource | LocalSource)]
)
def test_what_is_displayed_reads_as_the_same_source(source: Source) -> None:
    assert parse_source(source.display()) == source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" org/repo", "begins or ends with a space"),
        ("a\0b", "U+0000"),
        ("org/repo\n", "U+000A"),
        ("a" * 3000, "at most 2048"),
        ("http://example.com/a.ckpt", "anybody on the way could change the weights; write https://"),
        ("ftp://example.com/a", "unknown scheme 'ftp:', expected huggingface://, civitai://, https://, file://"),
        ("hf://org/repo", "did you mean 'huggingface'?"),
        ("civitia://1", "did you mean 'civitai'?"),
        ("civitai:5796", "expected civitai:// in small letters with two slashes"),
        ("HTTPS://example.com/a", "expected https:// in small letters"),
        ("C:\\Users\\me\\model.ckpt", "Windows path"),
        ("C:/models/model.ckpt", "Windows path"),
        ("..\\models\\a.ckpt", "Windows path"),
        ("file:///C:/a.ckpt", "Windows path"),
        ("~/models/a.ckpt", "'~' is another folder on each machine"),
        ("org/repo@main", "write huggingface://org/repo@main or ./org/repo@main"),
        ("example.com/a.ckpt?x=1", "if it is an address, write https://"),
        ("file://server/share/a.ckpt", "the host 'server'"),
        ("file:///a%ff", "not percent-encoded UTF-8"),
        ("file:///a%00", "U+0000"),
        ("huggingface://repo", "expected org/repo"),
        ("huggingface://org/repo/", "expected org/repo"),
        ("huggingface://org/repo@", "expected org/repo"),
        ("huggingface://org/repo@a..b", "the revision 'a..b'"),
        ("huggingface://org/repo@-x", "the revision '-x'"),
        ("huggingface://org/re po", "the repository 'org/re po'"),
        ("huggingface://org/../secret", "the repository 'org/..'"),
        ("huggingface://org/repo/../../x", "the path '../../x'"),
        ("https://huggingface.co/org/repo", "write huggingface://org/repo"),
        ("https://huggingface.co/org/repo/blob/main/a.ckpt", "write /resolve/ in the place of /blob/"),
        ("https://huggingface.co/datasets/org/repo", "a page of the Hub"),
        ("https:///a", "expected https://host/file"),
        ("https://example.com:99999/a", "correct the address"),
        ("https://[::1/a", "correct the address"),
        ("https://example.com/ä", "percent-encode the rest"),
        ("https://example.com/a#b", "a fragment"),
        ("civitai://abc", "expected the number in the model's download link"),
        ("civitai://12?x", "is not key=value"),
    ],
)
def test_what_means_nothing_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(SourceSyntaxError) as caught:
        parse_source(text)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "https://me:hunter2@example.com/a.ckpt",
        "https://me:hun/hunter2@example.com/a.ckpt",
        "http://me:hunter2@example.com/a.ckpt",
        "ftp://me:hunter2@example.com/a.ckpt",
        "https://example.com/a.ckpt?token=hunter2",
        "https://example.com/a.ckpt?X-Amz-Signature=hunter2",
        "https://example.com/a b?x=hunter2",
        "https://example.com/a#hunter2",
        "https://huggingface.co/org/repo?x=hunter2",
        "civitai://6266?token=hunter2",
        "civitai://six?x=hunter2",
        "civitai://6?hunter2",
        "huggingface://repo?x=hunter2",
        "hf://org/repo?x=hunter2",
        "example.com/a.ckpt?token=hunter2",
        "C:\\a?hunter2",
        "civitai:6266?x=hunter2",
    ],
)
def test_a_secret_never_reaches_a_message(text: str) -> None:
    with pytest.raises(SourceSyntaxError) as caught:
        parse_source(text)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in without_secrets(text)


def test_what_is_displayed_has_no_query() -> None:
    assert parse_source("https://example.com/a?x=1").display() == "https://example.com/a"
    assert parse_source("civitai://6266?type=Model").display() == "civitai://6266"


def outcome(text: str) -> str:
    try:
        return quoted(parse_source(text).display())
    except SourceSyntaxError as error:
        return str(error)


@settings(deadline=None)  # other work may hold the machine up
@given(st.text(max_size=80))
def test_any_text_is_a_source_or_a_refusal_that_prints(text: str) -> None:
    assert outcome(text).isprintable()


@settings(deadline=None)  # other work may hold the machine up
@given(st.sampled_from(["huggingface://", "civitai://", "https://", "file://", "https://huggingface.co/"]), st.text())
def test_any_text_after_a_scheme_is_a_source_or_a_refusal(scheme: str, rest: str) -> None:
    assert outcome(scheme + rest).isprintable()
