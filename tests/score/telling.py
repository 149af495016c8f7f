"""Tell recorded stories to the product that comes first on the path: a program of its own.

    python telling.py FOLDER

Prints, as JSON, the name of the first story that breaks a promise, and which one it breaks; an
empty object where none does. Imports nothing of the score: what is on the path is the product.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from syncd.testing.simulator import Scripted, Templates, from_text, tell


def first_broken(folder: Path, templates: Templates) -> dict[str, str]:
    """The first story, by name, that breaks a promise."""
    for path in sorted(folder.glob("*.story")):
        broken = tell(Scripted(from_text(path.read_text())), templates).broken
        if broken is not None:
            return {"story": path.stem, "invariant": broken.invariant}
    return {}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as worlds:
        found = first_broken(Path(sys.argv[1]), Templates(Path(worlds)))
    sys.stdout.write(json.dumps(found) + "\n")
