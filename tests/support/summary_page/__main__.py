"""Write the pictures of `docs/`."""

import sys
import tempfile
from pathlib import Path

from tests.support.summary_page import PictureError, html_of, open_zoo, release_jobs, review_jobs, screenshot


def main(folder: Path, browser: str) -> None:
    """Release what `main` asks for, review a pull request against that, and draw both summaries."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="zoo-") as made, open_zoo(Path(made), Path(made) / "cache") as zoo:
        pages = {"release": html_of(release_jobs(zoo, Path(made))), "review": html_of(review_jobs(zoo, Path(made)))}
    for name, page in pages.items():
        picture = folder / f"job-summary-{name}.png"
        screenshot(page, picture, browser)
        print(f"{picture}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except PictureError as error:
        sys.exit(f"screenshots: {error}")
