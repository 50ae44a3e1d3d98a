from dataclasses import replace
from pathlib import Path

import pytest

from converter.cache import DigestCache
from converter.graphs import Component, ComponentKind, Template, TemplateStore, template_key
from converter.progress import Progress
from tests.support.components import component_of
from tests.support.sd1_models import pico

COMPONENT = component_of(pico(), ComponentKind.VAE_DECODER)


class Tracer:
    """Stands in for tracing, which has tests of its own: gives a known template, and counts."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.calls = 0

    def __call__(self, component: Component) -> Template:
        self.calls += 1
        return replace(self.template, key=template_key(component))


@pytest.fixture
def tracer(monkeypatch: pytest.MonkeyPatch, small_template: Template) -> Tracer:
    found = Tracer(small_template)
    monkeypatch.setattr("converter.graphs.trace.trace", found)
    return found


def only_file(store: TemplateStore) -> Path:
    (path,) = store.folder.glob("*.onnx")
    return path


def test_a_template_is_traced_once_and_then_found(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path / "templates")
    cold = store.get(COMPONENT)
    warm = store.get(COMPONENT)
    assert tracer.calls == 1
    assert warm == cold


def test_a_template_of_the_store_is_what_tracing_gave(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path)
    store.get(COMPONENT)
    assert store.get(COMPONENT) == tracer.template


def test_a_store_that_another_process_filled_is_warm(tmp_path: Path, tracer: Tracer) -> None:
    TemplateStore(tmp_path).get(COMPONENT)
    TemplateStore(tmp_path).get(COMPONENT)
    assert tracer.calls == 1


def test_another_component_is_traced_for_itself(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path)
    store.get(COMPONENT)
    store.get(replace(COMPONENT, kind=ComponentKind.VAE_ENCODER))
    assert tracer.calls == 2


@pytest.mark.parametrize("damage", ["one bit", "empty", "half", "a web page"])
def test_a_damaged_template_is_traced_again(
    tmp_path: Path, tracer: Tracer, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = TemplateStore(tmp_path)
    cold = store.get(COMPONENT)
    file = only_file(store)
    data = file.read_bytes()
    file.write_bytes(
        {
            "one bit": data[:-1] + bytes([data[-1] ^ 1]),
            "empty": b"",
            "half": data[: len(data) // 2],
            "a web page": b"<!DOCTYPE html>",
        }[damage]
    )
    assert store.get(COMPONENT) == cold
    assert tracer.calls == 2
    assert only_file(store).read_bytes() == data
    assert f"{file} is damaged" in caplog.text


def test_a_file_with_the_right_digest_that_is_no_template_is_not_taken(tmp_path: Path, tracer: Tracer) -> None:
    DigestCache(tmp_path, ".onnx").save(template_key(COMPONENT), b"written by somebody else")
    assert TemplateStore(tmp_path).get(COMPONENT) == tracer.template


def test_a_template_under_the_name_of_another_component_is_not_taken(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path)
    other = replace(COMPONENT, kind=ComponentKind.VAE_ENCODER)
    store.get(COMPONENT)
    file = only_file(store)
    file.rename(file.with_name(file.name.replace(template_key(COMPONENT), template_key(other))))
    assert store.get(other).key == template_key(other)
    assert tracer.calls == 2


def test_nothing_half_written_is_left_in_the_store(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path)
    store.get(COMPONENT)
    assert only_file(store).name.startswith(template_key(COMPONENT))
    assert only_file(store).suffix == ".onnx"


def test_an_empty_store_has_nothing_and_a_filled_one_has_it(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path / "not" / "there")
    before = store.has(COMPONENT)
    store.get(COMPONENT)
    assert (before, store.has(COMPONENT)) == (False, True)


def test_tracing_is_reported_and_finding_is_not(tmp_path: Path, tracer: Tracer) -> None:
    store = TemplateStore(tmp_path)
    reports: list[Progress] = []
    store.get(COMPONENT, report=reports.append)
    store.get(COMPONENT, report=reports.append)
    assert [(report.done, report.total) for report in reports] == [(0, 1), (1, 1)]
    assert "vae_decoder: tracing" in reports[0].task
