"""Values from a stranger's file, made fit for one line of a message."""

_LIMIT = 60


def quoted(text: str) -> str:
    """`text` in quotes, shortened; what does not print is escaped.

    An escape sequence or a line break in a name could otherwise forge a log line or a workflow command.
    """
    return repr(text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…")


def printable(text: str) -> str:
    """`text` with everything escaped that does not print, for values that stand without quotes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def described(value: object) -> str:
    """A JSON value in a few words: `'text'`, `3`, `true`, `a list`, `an object`, `null`."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case None:
            return "null"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return "an object"


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
