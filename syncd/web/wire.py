"""What all that is on the wire has in common: camelCase names, bounded texts, nothing unknown."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]*"
Id = Annotated[str, StringConstraints(max_length=200, pattern=f"^{_ID}$")]
IDS = f"^{_ID}(, ?{_ID})*$"
"""What ids with commas between them look like."""
_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = rf"{_DAY}[Tt ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,6}})?)?([Zz]|[+ -]\d{{2}}:\d{{2}})"
SLUG = r"^[a-z0-9][a-z0-9._-]{0,62}$"
AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
CURRENCY = r"^[A-Z]{3}$"
COLOR = r"^#[0-9a-fA-F]{6}$"
CLOCK = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
"""A time of a wall clock."""
Day = Annotated[str, StringConstraints(pattern=f"^{_DAY}$")]
Moment = Annotated[str, StringConstraints(pattern=f"^{_MOMENT}$")]
"""RFC 3339 §5.6 with an offset; seconds may be left out. A query turns a plus into a blank."""
LateMoment = Annotated[
    str,
    StringConstraints(max_length=40),
    WithJsonSchema({"type": "string", "pattern": f"^{_MOMENT}$"}),
]
"""The same, judged only once it is known that it may be asked for at all."""
DayOrMoment = Annotated[str, StringConstraints(pattern=f"^({_DAY}|{_MOMENT})$")]


_BLANKS = dict.fromkeys((0xA0, 0x202F, 0x3000), " ")
_JOINERS: dict[int, str | None] = dict.fromkeys((0x200C, 0x200D))
"""What joins letters and emoji, or keeps them apart: Persian needs it."""
_BREAKS: dict[int, str | None] = dict.fromkeys(map(ord, "\r\n\t"))


def _printable(text: str) -> str:
    """Names and addresses are shown in calendars and mails: nothing in them moves a cursor. Blanks
    that do not break are as good as others."""
    text = text.translate(_BLANKS)
    if not text.translate(_JOINERS).isprintable():
        raise ValueError("has characters that cannot be shown")
    return text


def _legible(text: str) -> str:
    text = text.translate(_BLANKS)
    if not text.translate(_JOINERS | _BREAKS).isprintable():
        raise ValueError("has characters that cannot be shown")
    return text


_LINK = r"^https://[^\s<>\"]+$"
_EMAIL = r"^[^@\s]+@[^@\s]+$"
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_legible),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=_EMAIL),
    AfterValidator(_printable),
]
Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=40),
    AfterValidator(_printable),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_legible),
]
"""Some words of a person, perhaps in several lines: an address."""
Link = Annotated[str, StringConstraints(max_length=400, pattern=_LINK), AfterValidator(_printable)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]


PATTERNS = {
    f"^{_DAY}$": "is a day as in 2031-03-03",
    f"^{_MOMENT}$": "is a time with its offset, as in 2031-03-03T09:00:00+01:00 or …T08:00:00Z",
    f"^({_DAY}|{_MOMENT})$": "is a day as in 2031-03-03, or a time with its offset, as in "
    "2031-03-03T09:00:00+01:00",
    SLUG: "is an id: small letters, digits, '-', '_' and '.'",
    AMOUNT: "is an amount as in 80.00",
    CURRENCY: "is a currency as in EUR",
    COLOR: "is a colour as in #2f855a",
    CLOCK: "is a time of day as in 09:00; 24:00 ends one",
    f"^{_ID}$": "is an id: letters, digits, '-', '_' and '.'",
    IDS: "are ids with commas between them",
    _LINK: "is an address that begins with https://",
    _EMAIL: "is an e-mail address: an @ between two parts",
}
"""What is said where a text is not of its pattern."""


class Wire(BaseModel):
    """Whatever is on the wire. A key that is not known is an error: it would be ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )
