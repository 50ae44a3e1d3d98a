"""A registry's text, made entries and findings: the steps in their order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from converter.garbage import no_search
from converter.registry.build import build_entry, build_strings
from converter.registry.complaint import About, Complaint
from converter.registry.contradictions import contradictions, form_complaints
from converter.registry.decoding import decode_registry
from converter.registry.desk import Desk
from converter.registry.entries import Entry
from converter.registry.errors import RegistryError
from converter.registry.findings import Finding, Path, Severity
from converter.registry.kinds import DEFINITIONS, LEGACY_KEYS, SECTIONS
from converter.registry.legacy import Tuple, read_tuple
from converter.registry.nearest import did_you_mean
from converter.registry.quoting import described, listed
from converter.registry.reading import Document, read_document
from converter.registry.schema_complaints import entry_complaints, shell_complaints, strings_complaints


@dataclass(frozen=True)
class Registry:
    """What a registry file asks for, and everything that is wrong with it."""

    file: str
    entries: tuple[Entry, ...]
    """In the order of the file, without those that have an error: act on them only after `require_valid()`."""
    findings: tuple[Finding, ...]
    """By position."""
    document: Document | None = field(default=None, compare=False, repr=False)
    """What the file says; `None` if it is not JSON."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the registry."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that only a person needs to know."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    def require_valid(self) -> "Registry":
        """This registry.

        Raises:
            RegistryError: it has errors; the exception carries all findings.
        """
        if self.errors:
            raise RegistryError.of(self.file, self.findings)
        return self


@no_search()
def load_registry(data: bytes, file: str) -> Registry:
    """The registry in the bytes of `file`; what is wrong with it is in its findings, nothing is raised."""
    try:
        return parse_registry(decode_registry(data, file), file)
    except RegistryError as error:
        return Registry(file, (), error.findings)


def parse_registry(text: str, file: str) -> Registry:
    """The registry in `text`; what is wrong with it is in its findings, nothing is raised."""
    try:
        document = read_document(text, file)
    except RegistryError as error:
        return Registry(file, (), error.findings)
    desk = Desk(file, document)
    desk.refuse((), shell_complaints(document.value))
    if isinstance(document.value, dict):
        for section, value in document.value.items():
            _read_section(desk, section, value)
    desk.refuse_duplicates()
    return Registry(file, desk.entries, desk.findings, document)


def _read_section(desk: Desk, section: str, value: object) -> None:
    if section == "strings" and isinstance(value, dict):
        _read_strings(desk, value)
    elif section in SECTIONS and isinstance(value, list):
        for index, item in enumerate(value):
            _read_item(desk, section, (section, index), item)


def _read_strings(desk: Desk, languages: Mapping[str, object]) -> None:
    desk.refuse(("strings",), strings_complaints(languages))
    for language, texts in languages.items():
        path = ("strings", language)
        if desk.is_whole(path) and isinstance(texts, dict):
            desk.accept(path, build_strings(language, texts, desk.place(path)))


def _read_item(desk: Desk, section: str, path: Path, item: object) -> None:
    definitions = SECTIONS[section]
    if isinstance(item, list) and definitions[0] in LEGACY_KEYS:
        _read_tuple(desk, definitions[0], path, read_tuple(definitions[0], item))
    elif not isinstance(item, dict):
        desk.refuse(path, [Complaint((), f"found {described(item)}, expected an object")])
    elif len(definitions) == 1:
        _read_object(desk, definitions[0], path, item)
    elif item.get("type") in list(definitions):
        _read_object(desk, str(item["type"]), path, item)
    else:
        desk.refuse(path, _type_complaints(item, definitions))


def _type_complaints(item: Mapping[str, object], definitions: tuple[str, ...]) -> Iterator[Complaint]:
    expected = listed([f"'{name}'" for name in definitions])
    if "type" not in item:
        yield Complaint((), f"missing key 'type', expected {expected}; add it", about=About.ABSENCE)
    else:
        word = item["type"]
        guess = did_you_mean(word, definitions) if isinstance(word, str) else ""
        yield Complaint(("type",), f"found {described(word)}, expected {expected}{guess}")


def _read_object(desk: Desk, definition: str, path: Path, raw: Mapping[str, object]) -> None:
    desk.refuse(path, _all_complaints(definition, raw))
    _finish(desk, definition, path, raw, (*path, "name"))


def _read_tuple(desk: Desk, definition: str, path: Path, old: Tuple) -> None:
    desk.refuse(path, old.complaints)
    if "source" not in old.values:
        return
    inside = _all_complaints(definition, old.values)
    desk.refuse(path, (replace(each, path=old.path(each.path)) for each in inside))
    _finish(desk, definition, path, old.values, (*path, 0))
    if desk.is_whole(path):
        desk.warn(path, old.advice())


def _all_complaints(definition: str, raw: Mapping[str, object]) -> Iterator[Complaint]:
    # The most telling first: of several complaints about one value the desk keeps the first.
    yield from form_complaints(DEFINITIONS[definition], raw)
    yield from entry_complaints(definition, raw)
    yield from contradictions(DEFINITIONS[definition], raw)


def _finish(desk: Desk, definition: str, path: Path, raw: Mapping[str, object], name_path: Path) -> None:
    kind = DEFINITIONS[definition]
    if isinstance(name := raw.get("name"), str):
        desk.claim("releases" if kind.is_release else definition, name_path, name)
    if desk.is_whole(path):
        desk.accept(path, build_entry(kind, raw, path, desk.place))
