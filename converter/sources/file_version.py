"""How a server tells one version of a file from the next: ETag and Last-Modified."""

import http.client
import re
from dataclasses import dataclass

_ETAG = re.compile(r'(W/)?"[!#-~]{0,256}"')
_DATE = re.compile(r"[A-Za-z0-9 ,:+-]{1,64}")


@dataclass(frozen=True)
class FileVersion:
    """What a server said about the file that it sent; both may be missing."""

    etag: str | None = None
    modified: str | None = None

    @classmethod
    def of(cls, response: http.client.HTTPResponse) -> "FileVersion":
        """As an answer has it; values that could not be sent back are left out."""
        etag, modified = response.getheader("ETag") or "", response.getheader("Last-Modified") or ""
        return cls(etag if _ETAG.fullmatch(etag) else None, modified if _DATE.fullmatch(modified) else None)

    @property
    def if_range(self) -> str | None:
        """What makes a range request safe, or `None`: weak ETags do not promise the same bytes (RFC 9110, 13.1.5)."""
        return self.modified if self.etag is None or self.etag.startswith("W/") else self.etag

    @property
    def if_changed(self) -> dict[str, str]:
        """Headers that ask for the file only if it is another one; none if that cannot be asked."""
        if self.etag:
            return {"If-None-Match": self.etag}
        return {"If-Modified-Since": self.modified} if self.modified else {}

    def contradicts(self, other: "FileVersion") -> bool:
        """Whether both name a version, and not the same one."""
        if self.etag and other.etag:
            return self.etag != other.etag
        return bool(self.modified and other.modified) and self.modified != other.modified
