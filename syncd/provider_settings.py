"""How a provider judges its settings: references to secrets, and complaints in plain words.

For providers that describe their settings with pydantic; none has to. Reads no secret: that is the
configuration's business, which knows a reference by the same rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ValidationError

from syncd.core.problem import Problem

REFERENCE = re.compile(r"(?P<kind>credential|file|env|command):(?P<rest>\S.*)", re.DOTALL)
REFERENCE_FORMS = "env:NAME, file:/path, credential:NAME or command:program arguments"


def is_secret_reference(text: str) -> bool:
    """Whether `text` names the place of a secret; any other text may be the secret itself."""
    return REFERENCE.fullmatch(text) is not None


def _reference(value: str) -> str:
    if not is_secret_reference(value):
        raise ValueError(
            f"must be a reference to a secret, never the secret itself: {REFERENCE_FORMS}"
        )
    return value


Reference = Annotated[str, AfterValidator(_reference)]


def unknown_setting(key: str, model: type[BaseModel], of: str) -> Problem:
    """A key that the model does not have; `of` says whose it would be: "a CalDAV calendar"."""
    near = get_close_matches(key, model.model_fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Problem(where=key, what=f"is not a setting of {of}{hint}")


def refused_settings(model: type[BaseModel], settings: Mapping[str, object]) -> list[Problem]:
    """What the model refuses, each under its key. Repeats no values: one may be a secret."""
    try:
        model.model_validate(dict(settings))
    except ValidationError as exc:
        return [
            Problem(where=".".join(map(str, each["loc"])), what=_plain(each["msg"], each["type"]))
            for each in exc.errors(include_input=False, include_url=False)
        ]
    return []


def _plain(message: str, kind: str) -> str:
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should", "should")
