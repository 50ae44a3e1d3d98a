"""A look at a source without converting it: what is it, would it convert or blend, and what would that take?

`inspect_source` gives an `Inspection`: of a model, a ControlNet, a VAE, a LoRA or a Textual Inversion, told apart by
their content; `inspect_entry` those of all that an entry names, as an `EntryInspection`, `inspect_part` that of one
of them without its model. Of what is on the web only listings, small files and headers are read, and no graph is
traced. `maker_of` answers which script made a file, `faults_of` what would stop the conversion. A `LookCache` has the
looks of one run, each made once; `fitting` holds a file against the architectures that it may be made for.
"""

from converter.inspection.content import Content, content_of
from converter.inspection.convertible import ControlNetInspection, ConvertibleInspection, ModelInspection
from converter.inspection.faults import Checked, Fault, NotChecked, faults_of
from converter.inspection.inspect_entry import EntryInspection, PartInspection, inspect_entry, inspect_entry_with
from converter.inspection.inspect_part import inspect_part
from converter.inspection.inspect_source import Inspection, inspect_source, inspect_with
from converter.inspection.inspected import Inspected
from converter.inspection.inversion import InversionInspection, whole_inversion
from converter.inspection.known_bases import fitting, known_encoders, known_targets
from converter.inspection.looks import LookCache, Looked
from converter.inspection.lora import LoraInspection
from converter.inspection.makers import maker_of
from converter.inspection.training import Training, training_of
from converter.inspection.vae import VaeInspection

__all__ = [
    "Checked",
    "Content",
    "ControlNetInspection",
    "ConvertibleInspection",
    "EntryInspection",
    "Fault",
    "Inspected",
    "Inspection",
    "InversionInspection",
    "LookCache",
    "Looked",
    "LoraInspection",
    "ModelInspection",
    "NotChecked",
    "PartInspection",
    "Training",
    "VaeInspection",
    "content_of",
    "faults_of",
    "fitting",
    "inspect_entry",
    "inspect_entry_with",
    "inspect_part",
    "inspect_source",
    "inspect_with",
    "known_encoders",
    "known_targets",
    "maker_of",
    "training_of",
    "whole_inversion",
]
