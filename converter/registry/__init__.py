"""The registry room: JSON text in, frozen and validated entries out.

Pure: no files, clock, network or environment. The main types are `Registry` with its entries and findings, one entry
type for each section, and `Source`, the parsed place of weights. `asked` and `fingerprint` say what an entry asks for,
`placed_sources` where its sources stand, `pin_findings` which of them can change, and `with_pins` writes down what they
are now.
The room knows what may be asked, not what is built: that is `converter.built`.
"""

from converter.registry.asked import asked, fingerprint, fingerprint_of, optimize_of
from converter.registry.changes import changes
from converter.registry.decoding import decode_registry
from converter.registry.diffusion import DiffusionEntry
from converter.registry.entries import (
    CorrectionEntry,
    Entry,
    ReleaseEntry,
    SourcedEntry,
    SourceEntry,
    StringsEntry,
    UpscalingEntry,
)
from converter.registry.errors import RegistryError, SourceSyntaxError
from converter.registry.findings import Finding, Location, Severity, in_order
from converter.registry.nearest import did_you_mean, nearest
from converter.registry.networks import ControlEntry, InversionEntry, LoraEntry, LoraWeight
from converter.registry.parse import Registry, load_registry, parse_registry
from converter.registry.pin_text import with_pins
from converter.registry.pins import (
    CommitPin,
    DigestPin,
    Pin,
    PlacedSource,
    finding_at,
    is_fixed,
    loose_sources,
    pin_findings,
    pin_line,
    placed_sources,
)
from converter.registry.quoting import printable
from converter.registry.running import MOST_MINUTES, RunLimits
from converter.registry.source_syntax import parse_source, without_secrets
from converter.registry.sources import (
    CivitaiSource,
    HttpsSource,
    HubFileSource,
    HubSource,
    LocalSource,
    Source,
    identity_of,
)
from converter.registry.vocabulary import Format, ModelVersion, Optimize, Pipeline, Precision, PredictionType

__all__ = [
    "MOST_MINUTES",
    "CivitaiSource",
    "CommitPin",
    "ControlEntry",
    "CorrectionEntry",
    "DiffusionEntry",
    "DigestPin",
    "Entry",
    "Finding",
    "Format",
    "HttpsSource",
    "HubFileSource",
    "HubSource",
    "InversionEntry",
    "LocalSource",
    "Location",
    "LoraEntry",
    "LoraWeight",
    "ModelVersion",
    "Optimize",
    "Pin",
    "Pipeline",
    "PlacedSource",
    "Precision",
    "PredictionType",
    "Registry",
    "RegistryError",
    "ReleaseEntry",
    "RunLimits",
    "Severity",
    "Source",
    "SourceEntry",
    "SourceSyntaxError",
    "SourcedEntry",
    "StringsEntry",
    "UpscalingEntry",
    "asked",
    "changes",
    "decode_registry",
    "did_you_mean",
    "finding_at",
    "fingerprint",
    "fingerprint_of",
    "identity_of",
    "in_order",
    "is_fixed",
    "load_registry",
    "loose_sources",
    "nearest",
    "optimize_of",
    "parse_registry",
    "parse_source",
    "pin_findings",
    "pin_line",
    "placed_sources",
    "printable",
    "with_pins",
    "without_secrets",
]
