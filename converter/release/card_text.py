"""Text for Markdown: from a stranger's registry, and sizes for people. Pure."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")
_NUMBERED = re.compile(r"^(\d+)\.")
"""Would begin a list."""
_LINKING = re.compile(r"(?<=:)//|(?<=www)\.|@", re.IGNORECASE)
"""GitHub's and the Hub's Markdown make links of bare addresses: https://github.github.com/gfm/#autolinks-extension-"""


def escaped(text: str) -> str:
    """`text` as Markdown that renders as itself, on one line, and is no link."""
    plain = _LINKING.sub(r"\\\g<0>", _SPECIAL.sub(r"\\\1", " ".join(text.split())))
    return _NUMBERED.sub(r"\1\\.", plain)


def ratio_text(psnr_db: float | None) -> str:
    """`118.2 dB`; no ratio means that nothing differs."""
    return "equal" if psnr_db is None else f"{psnr_db:.1f} dB"


def readable_size(size_bytes: int) -> str:
    """`4.27 GB`, in powers of ten as the Hub counts."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.2f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"
