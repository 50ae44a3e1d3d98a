"""Where conversion happens: folders, caches, and how the web is reached."""

from dataclasses import dataclass, field
from pathlib import Path

from converter.budget import Budget
from converter.graphs import ShapeStore, TemplateStore
from converter.models import KeyMaps
from converter.progress import Report, silent
from converter.proof import Proof
from converter.proofs import ProofStore
from converter.registry import Source
from converter.sources import CivitaiAccess, Downloads, Fetched, HubAccess, SourceKind, SourcePolicy, fetch


@dataclass(frozen=True)
class Workshop:
    """Where conversion happens."""

    root: Path
    """The repository root: relative sources start here."""
    build: Path
    """Finished folders appear here, as `NAME.vN`."""
    cache: Path
    """Templates, shapes, key maps, proofs and downloads."""
    access: HubAccess
    """For sources on the Hugging Face Hub."""
    civitai: CivitaiAccess = field(default_factory=CivitaiAccess)
    policy: SourcePolicy = field(default_factory=SourcePolicy)
    """What sources are allowed."""
    proof: Proof = field(default_factory=Proof)
    """How what is made here is compared and shown."""
    budget: Budget = field(default_factory=Budget)
    """What it may use of this machine."""

    @property
    def templates(self) -> TemplateStore:
        return TemplateStore(self.cache / "templates")

    @property
    def shapes(self) -> ShapeStore:
        return ShapeStore(self.cache / "shapes")

    @property
    def key_maps(self) -> KeyMaps:
        return KeyMaps(self.cache / "key-maps")

    @property
    def proofs(self) -> ProofStore:
        return ProofStore(self.cache / "proofs")

    def fetch(
        self,
        source: Source,
        *,
        kind: SourceKind = SourceKind.PIPELINE,
        sha256: str | None = None,
        report: Report = silent,
    ) -> Fetched:
        """Fetch a source; `kind` is what a repository of the Hub is, `sha256` what a downloaded file must have.

        Raises:
            SourceError: it is missing, not allowed, or not what is pinned.
            SourceUnreachable: its host does not answer.
        """
        downloads = Downloads(self.cache / "downloads", self.policy, self.civitai)
        return fetch(
            source,
            root=self.root,
            access=self.access,
            downloads=downloads,
            kind=kind,
            sha256=sha256,
            report=report,
        )
