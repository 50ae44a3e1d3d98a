"""The folder that is published: layout, manifest, model card, checksums, and the check that it is what it says.

Main types: `Manifest`, `ReleaseView`; `finish` completes a folder, `verify` checks one anywhere, `staged` makes it
appear whole. `manifest`, `checksums`, `card` and `model_index` are pure. This room knows no hub.
"""

from converter.release.assemble import add_files, finish, record_of
from converter.release.card import model_card, task_of
from converter.release.card_text import escaped, ratio_text, readable_size
from converter.release.checksums import CHECKSUMS_NAME, read_checksums, write_checksums
from converter.release.errors import ReleaseError
from converter.release.layout import CARD_NAME, CONTACT_SHEET, DIFFERENCE, required_files
from converter.release.manifest import MANIFEST_NAME, Manifest
from converter.release.model_index import model_index, torch_model_index
from converter.release.problems import Examined, Problem, ProblemKind, examine
from converter.release.records import (
    ComponentRecord,
    FileRecord,
    InversionRecord,
    LoraRecord,
    ModelRecord,
    ParityRecord,
    PipelineRecord,
    SourceRecord,
)
from converter.release.staging import staged, staged_files, sweep
from converter.release.verify import Verified, verify
from converter.release.view import FolderView, ReleaseView

__all__ = [
    "CARD_NAME",
    "CHECKSUMS_NAME",
    "CONTACT_SHEET",
    "DIFFERENCE",
    "MANIFEST_NAME",
    "ComponentRecord",
    "Examined",
    "FileRecord",
    "FolderView",
    "InversionRecord",
    "LoraRecord",
    "Manifest",
    "ModelRecord",
    "ParityRecord",
    "PipelineRecord",
    "Problem",
    "ProblemKind",
    "ReleaseError",
    "ReleaseView",
    "SourceRecord",
    "Verified",
    "add_files",
    "escaped",
    "examine",
    "finish",
    "model_card",
    "model_index",
    "ratio_text",
    "read_checksums",
    "readable_size",
    "record_of",
    "required_files",
    "staged",
    "staged_files",
    "sweep",
    "task_of",
    "torch_model_index",
    "verify",
    "write_checksums",
]
