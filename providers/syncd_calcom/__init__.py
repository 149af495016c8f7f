"""Cal.com and Cal.diy (API v2) for syncd; the entry point `calcom` is `kind`.

`standin` is a server that behaves like the real one, for tests and for whoever integrates.
"""

from __future__ import annotations

from syncd_calcom.kind import CalcomKind

kind = CalcomKind()

__all__ = ["CalcomKind", "kind"]
