"""What the registry room raises."""

from converter.errors import ConverterError
from converter.registry.findings import Finding
from converter.registry.quoting import counted

_SHOWN = 10


class RegistryError(ConverterError):
    """The registry file cannot be used; raised by who asked for a valid one, with every finding."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings

    @staticmethod
    def of(file: str, findings: tuple[Finding, ...]) -> "RegistryError":
        """The error that carries `findings` and lists the first ten of them."""
        shown = [f"  {finding}" for finding in findings[:_SHOWN]]
        rest = [f"  and {len(findings) - _SHOWN} more"] if len(findings) > _SHOWN else []

        return RegistryError("\n".join([f"{file}: {counted(len(findings), 'finding')}:", *shown, *rest]), findings)


class SourceSyntaxError(RegistryError):
    """A source is written in a way that means nothing; its message shows no query and no userinfo."""
