"""The files of this folder's corpus, each as the octets that somebody would send."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def octets(name: str) -> bytes:
    """The file `name`, such as "ics/for-ever.ics"."""
    return (CORPUS / name).read_bytes()


def files(kind: str) -> dict[str, bytes]:
    """Every file of one kind ("ics", "xml", "toml" …) by its name without the ending."""
    return {path.stem: path.read_bytes() for path in sorted((CORPUS / kind).glob(f"*.{kind}"))}
