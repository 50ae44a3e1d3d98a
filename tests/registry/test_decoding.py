import pytest

from converter.registry import RegistryError, decode_registry, load_registry


def test_utf8_text_comes_back_as_it_is() -> None:
    assert decode_registry('{"diffusion": [], "é": "漢"}'.encode(), "r.json") == '{"diffusion": [], "é": "漢"}'


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_that_json_would_accept_are_refused(encoding: str) -> None:
    with pytest.raises(RegistryError, match="UTF-16 or UTF-32; save it as UTF-8"):
        decode_registry('{"diffusion": []}'.encode(encoding), "r.json")


def test_a_byte_order_mark_is_refused_with_what_to_do() -> None:
    with pytest.raises(RegistryError, match="byte order mark, which JSON does not allow; save it as UTF-8 without one"):
        decode_registry('{"diffusion": []}'.encode("utf-8-sig"), "r.json")


def test_a_byte_that_is_not_utf8_is_found_at_its_line_and_column() -> None:
    with pytest.raises(RegistryError) as caught:
        decode_registry(b'{\n  "diffusion": [],\n  "x": "caf\xe9"\n}', "r.json")
    (finding,) = caught.value.findings
    assert (finding.line, finding.column) == (3, 12)
    assert "0xe9" in finding.message


def test_a_file_over_the_size_limit_is_not_read() -> None:
    with pytest.raises(RegistryError, match="at most 16,777,216 are read"):
        decode_registry(b" " * ((16 << 20) + 1), "r.json")


def test_loading_bytes_never_raises() -> None:
    registry = load_registry(b"\xff", "r.json")
    assert registry.entries == ()
    assert [str(finding) for finding in registry.findings] == [
        "r.json:1:1: error: $: found the byte 0xff, which is not UTF-8; save the file as UTF-8"
    ]
