"""Is everything set for the first release? Each setting of "Make it yours", what is missing of it, and where to click.

`examine` turns answers (`Surroundings`) into `Check`s with a verdict each: pure. `ask` gets the answers from GitHub,
the hub and the files of the checkout; it changes nothing anywhere. What only an administrator may see, or nobody may
ask, is "not known", which is not "missing".
"""

from converter.doctor.answers import Answer, Silent, Surroundings, Told, Untold
from converter.doctor.asking import Asking, ask
from converter.doctor.asking_files import origin_of
from converter.doctor.examination import examine, exit_code_of_examination
from converter.doctor.pages import repository_of
from converter.doctor.verdicts import Check, Missing, NoAnswer, NotKnown, Ok, Verdict

__all__ = [
    "Answer",
    "Asking",
    "Check",
    "Missing",
    "NoAnswer",
    "NotKnown",
    "Ok",
    "Silent",
    "Surroundings",
    "Told",
    "Untold",
    "Verdict",
    "ask",
    "examine",
    "exit_code_of_examination",
    "origin_of",
    "repository_of",
]
