"""One request on its way: parsed, with whoever asks and the version that applies. No decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from syncd_calcom.standin.messages import Answer, Call, Json, Steps
from syncd_calcom.standin.rows import Key, User
from syncd_calcom.standin.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks; `user` None: nobody that is known."""

    user: User | None = None
    key: Key | None = None

    @property
    def known(self) -> User:
        """Where the route let nobody else in."""
        assert self.user is not None
        return self.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`body` is `{}` where none was sent or none was understood, and may be a list. `version` is
    the one that applies, not the one that was sent."""

    world: World
    call: Call
    caller: Caller
    version: str
    parameters: dict[str, str] = field(default_factory=dict)
    payload: object = None

    @property
    def body(self) -> Json:
        return self.payload if isinstance(self.payload, dict) else {}

    def query(self, name: str) -> str | None:
        """The last value, as the server's parser has it."""
        values = self.call.query.get(name)
        return values[-1] if values else None

    def listed(self, name: str) -> list[str] | None:
        """Of a list that is sent with commas or repeated; None where it was not."""
        values = self.call.query.get(name)
        if values is None:
            return None
        return values[0].split(",") if len(values) == 1 else list(values)


Handler = Callable[[Asked], Answer | Steps]
