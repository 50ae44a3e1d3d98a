"""The registry room: JSON text in, frozen and validated entries out.

Pure: no files, clock, network or environment. The main types are `Registry` with its entries and findings, one entry
type for each section, and `Source`, the parsed place of weights. `asked` and `fingerprint` say what an entry asks for.
The room knows what may be asked, not what is built: that is `converter.built`.
"""

from converter.registry.asked import asked, fingerprint
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
from converter.registry.findings import Finding, Location, Severity
from converter.registry.nearest import did_you_mean, nearest
from converter.registry.networks import ControlEntry, InversionEntry, LoraEntry, LoraWeight
from converter.registry.parse import Registry, load_registry, parse_registry
from converter.registry.quoting import printable
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
    "CivitaiSource",
    "ControlEntry",
    "CorrectionEntry",
    "DiffusionEntry",
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
    "Pipeline",
    "Precision",
    "PredictionType",
    "Registry",
    "RegistryError",
    "ReleaseEntry",
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
    "fingerprint",
    "identity_of",
    "load_registry",
    "nearest",
    "parse_registry",
    "parse_source",
    "printable",
    "without_secrets",
]
