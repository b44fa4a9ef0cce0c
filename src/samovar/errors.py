"""Every exception that samovar raises on purpose, split by whose doing it is.

    SamovarError
    ├── YoursError           2   what was asked for cannot be done as asked
    │   ├── ConfigInvalid        a configuration file, with all its mistakes
    │   ├── MalformedBody        a request or response body that is not what its endpoint takes
    │   ├── UnknownEndpoint      a URL path that no dialect speaks
    │   ├── InputUnreadable      a file that is missing, unreadable or not in the expected form
    │   └── MissingExtra         an optional part that is asked for and not installed
    ├── TheirsError          3   the provider
    │   ├── ProviderRefused      answered, with an error status
    │   ├── ProviderUnreachable  could not be connected to
    │   └── ProviderHung         did not answer within the bound
    ├── MachineError         3   this machine
    │   ├── OutputUnwritable     a file or directory that cannot be written
    │   └── PortTaken            a port that something else listens on
    └── OursError            3   a defect of samovar

The number is the exit code of the command line. A message says what was given and what is needed; its
last line says what to do next, from the class (`advice`) unless the place that raises knows better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

BODY_SHOWN = 500
"""Characters of a provider's answer that are repeated in a message."""


class SamovarError(Exception):
    """The root: `what` happened, and the `advice` that follows it on its own line."""

    exit_code: ClassVar[int] = 3
    default_advice: ClassVar[str] = ""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what, advice)
        self.what = what
        self.advice = advice or self.default_advice

    def __str__(self) -> str:
        return f"{self.what}\n{self.advice}" if self.advice else self.what


class YoursError(SamovarError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class ConfigInvalid(YoursError):
    """`where` (a file name) holds `mistakes`, one line each, that begin with the TOML path."""

    def __init__(self, where: str, mistakes: Sequence[str]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        listed = "".join(f"\n  {mistake}" for mistake in mistakes)
        super().__init__(f"{where} has {count}:{listed}", "Mend what is listed and run the command again.")
        self.where = where
        self.mistakes = tuple(mistakes)

    def __reduce__(self) -> tuple[type[ConfigInvalid], tuple[str, tuple[str, ...]]]:
        return type(self), (self.where, self.mistakes)


class MalformedBody(YoursError):
    """A request or response body that is not what its endpoint takes."""

    default_advice = "Send the JSON object that the provider's API reference shows for this endpoint."


class UnknownEndpoint(YoursError):
    """A URL path that no dialect speaks."""

    default_advice = "Check the URL: it has to end in the path of an endpoint that generates an answer."


class InputUnreadable(YoursError):
    """A file that is missing, unreadable or not in the expected form."""

    default_advice = "Check the path, its permissions and the file's format."


class MissingExtra(YoursError):
    """An optional part that is asked for and not installed; `install` is the command that installs it."""

    def __init__(self, what: str, install: str) -> None:
        super().__init__(what, f"Install it with: {install}")
        self.install = install

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return type(self), (self.what, self.install)


class TheirsError(SamovarError):
    """The provider failed or refused."""


class ProviderRefused(TheirsError):
    """The provider answered with the error `status`; `body` is its answer as it came."""

    def __init__(self, status: int, body: bytes, advice: str = "") -> None:
        text = body.decode("utf-8", "replace").strip()
        shown = text if len(text) <= BODY_SHOWN else f"{text[:BODY_SHOWN]}…"
        super().__init__(
            f"the provider answered {status}: {shown or '(an empty body)'}",
            advice or _refusal_advice(status),
        )
        self.status = status
        self.body = body

    def __reduce__(self) -> tuple[type[ProviderRefused], tuple[int, bytes, str]]:
        return type(self), (self.status, self.body, self.advice)


def _refusal_advice(status: int) -> str:
    """Return what to do about an HTTP status."""
    match status:
        case 401 | 403:
            return "Check the API key, and that it may use this model."
        case 404:
            return "Check the model's name and the base URL."
        case 429:
            return "Lower rpm, itpm or concurrency, or wait for the limit to refill."
        case _ if status >= 500:  # noqa: PLR2004  # the class of HTTP server errors
            return "The fault is on the provider's side: try again later, and look at its status page."
        case _:
            return "Read the provider's message above: it refuses the request as it was sent."


class ProviderUnreachable(TheirsError):
    """The provider could not be connected to."""

    default_advice = "Check the base URL, the network and the proxy settings."


class ProviderHung(TheirsError):
    """The provider did not answer within the bound."""

    default_advice = "Try again, or raise the time limit (samovar bench --silence) if answers need longer."


class MachineError(SamovarError):
    """Something on this machine is in the way."""


class OutputUnwritable(MachineError):
    """A file or directory that cannot be written."""

    default_advice = "Choose another place for the output, or make this one writable."


class PortTaken(MachineError):
    """A port that something else listens on."""

    default_advice = "Choose another port, or 0 for any free one."


class OursError(SamovarError):
    """A defect of samovar: a state that its code promises not to reach."""

    default_advice = "This is a defect of samovar: please report it with the command and this message."
