"""The template store: what ships with the package, and behind it a cache folder of graph templates."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from converter.cache import DigestCache
from converter.files import locked
from converter.graphs.boxed import boxed_template, is_boxed, key_of
from converter.graphs.component import Component
from converter.graphs.errors import GraphError
from converter.graphs.passes import Pass
from converter.graphs.template import Template, template_key
from converter.installed import require_tracing
from converter.progress import Progress, Report, silent

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TemplateStore:
    """Templates under `folder`; each is an ONNX model that any viewer opens.

    A known architecture is in the box that ships with the package; only what passes make of it is kept here.
    """

    folder: Path

    def get(self, component: Component, passes: Sequence[Pass] = (), *, report: Report = silent) -> Template:
        """The template of a component: from the box, the store, or made now and kept; by one process at a time.

        Args:
            component: what it is.
            passes: what is done to the traced template, in this order; the result of each is kept, too.
            report: called before and after it is traced.

        Raises:
            GraphError: it cannot be traced, or a pass cannot be applied.
            BoxError: what ships with the package is damaged.
            NotInstalledError: it must be traced, and the libraries that do it are not installed.
        """
        if passes:
            return self._passed(component, passes, report)
        boxed = boxed_template(component)
        if boxed is not None:
            return boxed
        key = template_key(component)
        return self._kept(key, lambda: self._traced(component, report))

    def _passed(self, component: Component, passes: Sequence[Pass], report: Report) -> Template:
        key = key_of(component)
        for each in passes:
            key = each.key(key)
        *before, last = passes
        return self._kept(key, lambda: last.apply(self.get(component, before, report=report)))

    def _kept(self, key: str, make: Callable[[], Template]) -> Template:
        found = self._load(key)
        if found is not None:
            return found
        with locked(self.folder / "locks" / f"{key}.lock"):
            # Another process may have made it while this one waited.
            found = self._load(key)
            if found is None:
                found = make()
                self._cache.save(key, found.to_onnx())
        return found

    def _traced(self, component: Component, report: Report) -> Template:
        task = f"{component.kind}: tracing its graph (once for this architecture)"
        require_tracing(f"{component.kind}: tracing a graph that does not ship with the package")
        report(Progress(task, 0, 1, ""))
        # Tracing imports torch; who finds everything in the box or the store never does.
        from converter.graphs.trace import trace

        template = trace(component)
        report(Progress(task, 1, 1, ""))
        return template

    def find(self, component: Component) -> Template | None:
        """The template of a component, if it is in the box or the store; nothing is traced."""
        return boxed_template(component) or self._load(template_key(component))

    def has(self, component: Component) -> bool:
        """Whether a template is there (it may still turn out to be damaged)."""
        return is_boxed(component) or self._cache.has(template_key(component))

    @property
    def _cache(self) -> DigestCache:
        return DigestCache(self.folder, ".onnx")

    def _load(self, key: str) -> Template | None:
        data = self._cache.load(key)
        if data is None:
            return None
        try:
            template = Template.from_onnx(data)
        except GraphError as error:
            _log.warning("template %s: %s", key, error)
            return None
        # A file that was renamed by hand would bring another architecture's graph.
        return template if template.key == key else None
