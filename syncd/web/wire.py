"""What all that is on the wire has in common: camelCase names, bounded texts, nothing unknown."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]*"
Id = Annotated[str, StringConstraints(max_length=200, pattern=f"^{_ID}$")]
IDS = f"^{_ID}(, ?{_ID})*$"
"""What ids with commas between them look like."""
_DAY = r"\d{4}-\d{2}-\d{2}"
_MOMENT = rf"{_DAY}[Tt ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,6}})?)?([Zz]|[+ -]\d{{2}}:\d{{2}})"
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
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]


class Wire(BaseModel):
    """Whatever is on the wire. A key that is not known is an error: it would be ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )
