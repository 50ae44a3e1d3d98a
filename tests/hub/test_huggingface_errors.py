"""The client's errors in our words."""

import errno

import httpx2
import pytest
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OIDCError

from converter.hub import FileMissing, HubDenied, HubError, HubUnreachable, Moved
from converter.hub.huggingface_errors import translated_client_errors

URL = "http://user:pass@127.0.0.1/api/models/acme/zoo?token=hf_inTheQuery"


def answered(status: int, message: str = "because") -> HfHubHTTPError:
    response = httpx2.Response(status, request=httpx2.Request("POST", URL))
    return HfHubHTTPError(f"{status} for {URL}", response=response, server_message=message)


def translated(error: BaseException) -> BaseException:
    try:
        with translated_client_errors("hf:acme/zoo", "making the tag pico.v1"):
            raise error
    except BaseException as ours:  # noqa: BLE001  # KeyboardInterrupt is one of the cases
        return ours


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *[(status, HubDenied) for status in (401, 402, 403)],
        (404, FileMissing),
        *[(status, Moved) for status in (409, 412)],
        *[(status, HubUnreachable) for status in (408, 429, 500, 502, 503, 504)],
        *[(status, HubError) for status in (400, 413, 422)],
    ],
)
def test_an_answer_is_told_apart_by_its_status(status: int, expected: type[HubError]) -> None:
    ours = translated(answered(status))

    assert type(ours) is expected
    assert str(ours).startswith(f"hf:acme/zoo: making the tag pico.v1: the hub answered {status} (because)")


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("cut off"),
        ConnectionResetError("reset"),
        OfflineModeIsEnabled("offline"),
        LocalEntryNotFoundError("cannot find the file on the Hub"),
        OSError("Consistency check failed: file should be of size 3 but has size 2"),
        RuntimeError("Data processing error: CAS service error"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_broken_connection_is_unreachable(error: Exception) -> None:
    assert isinstance(translated(error), HubUnreachable)


def test_the_reason_below_a_wrapped_error_counts() -> None:
    wrapped = RuntimeError("Error while uploading 'unet/weights.pb' to the Hub.")
    wrapped.__cause__ = answered(403)

    assert isinstance(translated(wrapped), HubDenied)


def test_a_login_that_cannot_be_had_is_denied() -> None:
    assert isinstance(translated(OIDCError("no id token")), HubDenied)


def test_what_the_client_refuses_is_an_error_of_ours() -> None:
    ours = translated(ValueError("Invalid metadata in README.md"))

    assert type(ours) is HubError
    assert "Invalid metadata" in str(ours)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyError("a defect of ours"), KeyboardInterrupt()]
)
def test_what_is_not_the_hubs_matter_passes_through(error: BaseException) -> None:
    assert translated(error) is error


@pytest.mark.parametrize(
    "error",
    [
        answered(401, "Bearer abc.def is not valid"),
        answered(400, f"bad request at {URL} with hf_jwt_eyJ.abc-d"),
        httpx2.ConnectError(f"cannot connect to {URL}"),
        ValueError("token hf_jwt_eyJ.abc-d"),
    ],
    ids=str,
)
def test_no_secret_gets_into_a_message(error: Exception) -> None:
    text = str(translated(error))

    assert not [secret for secret in ("pass@", "inTheQuery", "abc.def", "eyJ", "abc-d") if secret in text]


def test_a_message_is_one_line_of_bounded_length() -> None:
    text = str(translated(answered(400, "line\n" * 1000)))

    assert "\n" not in text
    assert len(text) < 600
