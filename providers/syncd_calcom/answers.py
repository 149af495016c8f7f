"""One answer of the API: its document, or what kind of error it is.

Three envelopes hold an error: the framework's, the bare one of what was thrown deeper, and that of
OAuth (RFC 6749 §5.2). Judges none of them: `failures` does. Their texts echo tokens, addresses and
uids, so they are matched against and never repeated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd.core.errors import Transient


class Envelope(StrEnum):
    FRAMEWORK = "framework"
    BARE = "bare"
    OAUTH = "oauth"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`what` says what was asked, in words without anybody's name or uid."""

    what: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says, for matching only. Both texts are "" where there are none."""

    envelope: Envelope
    code: str = ""
    message: str = ""


class NotWhatWasAsked(Transient):
    """A success that is none: a login page, half a document, the shape of another version."""

    def __init__(self, answer: Answer, why: str) -> None:
        super().__init__(f"{answer.what} was answered {answer.status}, but {why}")


def data_of(answer: Answer) -> object:
    """What a success carries under `data`."""
    document = parsed(answer.body)
    if not isinstance(document, dict):
        raise NotWhatWasAsked(answer, "not with a document of Cal.com's API")
    if document.get("status") != "success" or "data" not in document:
        raise NotWhatWasAsked(answer, "its document is not one of Cal.com's API v2")
    return document["data"]


def complaint_of(answer: Answer) -> Complaint:
    """The error in whichever envelope."""
    document = parsed(answer.body)
    if not isinstance(document, dict):
        return Complaint(Envelope.NONE)
    error = document.get("error")
    if isinstance(error, dict):
        message = _text(error.get("message")) + _text(error.get("details"))
        return Complaint(Envelope.FRAMEWORK, _text(error.get("code")), message)
    if isinstance(error, str):
        return Complaint(Envelope.OAUTH, error, _text(document.get("error_description")))
    if "statusCode" in document:
        return Complaint(Envelope.BARE, "", _text(document.get("message")))
    return Complaint(Envelope.NONE)


def parsed(body: bytes | str) -> object:
    """The JSON document; None for anything else, however deep or large its parts. Its texts hold
    nothing that a database refuses: no NUL, no half of a surrogate pair."""
    try:
        document = json.loads(body, parse_constant=_refuse, parse_float=_finite)
        marks = (b"\\u0000", b"\\ud") if isinstance(body, bytes) else ("\\u0000", "\\ud")
        is_clean = not any(each in body.lower() for each in marks)  # type: ignore[operator]
        return document if is_clean else _cleaned(document)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    found = float(digits)
    return found if math.isfinite(found) else 0.0


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", " ").encode(errors="replace").decode()
    if isinstance(value, list):
        return [_cleaned(each) for each in value]
    if isinstance(value, dict):
        return {str(_cleaned(key)): _cleaned(each) for key, each in value.items()}
    return value


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, list | dict) else ""
