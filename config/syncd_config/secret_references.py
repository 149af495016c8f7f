"""Where a secret is kept, in place of the secret: `credential:`, `file:`, `env:`, `command:`.

A configuration names its secrets and never holds them. No message quotes a value: only the
reference, and the reason.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import structlog

from syncd.core.errors import Invalid
from syncd.provider_settings import REFERENCE, REFERENCE_FORMS
from syncd_config.fields import home_expanded

COMMAND_SECONDS = 10
MAX_BYTES = 64 * 1024
_log = structlog.get_logger()


def resolve_secret(reference: str, environ: Mapping[str, str]) -> str:
    """The secret that `reference` names, without its last line break. Raises `Invalid`.

    `credential:` is a file of $CREDENTIALS_DIRECTORY (systemd's LoadCredential=). A file that
    everybody may read is used, with a warning in the log. `command:` runs without a shell and is
    given ten seconds; what it says on standard error goes where ours goes.
    """
    found = REFERENCE.fullmatch(reference)
    if found is None:
        raise Invalid(f"not a reference to a secret; write {REFERENCE_FORMS}")
    rest = found["rest"].strip()
    match found["kind"]:
        case "env":
            secret = environ.get(rest)
            if secret is None:
                raise Invalid(f"{reference}: the environment variable {rest} is not set")
        case "file":
            secret = _from_file(reference, _path(reference, rest))
        case "credential":
            secret = _from_file(reference, _credential_path(reference, rest, environ))
        case _:
            secret = _from_command(reference, rest, environ)
    secret = secret.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise Invalid(f"{reference}: the secret is empty")
    return secret


def file_of(reference: str) -> Path | None:
    """The file that `reference` names, if it is a `file:` one. Raises `Invalid` where its path
    cannot be one."""
    found = REFERENCE.fullmatch(reference)
    if found is None or found["kind"] != "file":
        return None
    path = _path(reference, found["rest"].strip())
    if not path.is_absolute():
        raise Invalid(f"{reference}: write the whole path, beginning with /")
    return path


def _path(reference: str, rest: str) -> Path:
    try:
        return home_expanded(rest)
    except ValueError as exc:
        raise Invalid(f"{reference}: {exc}") from exc


def _credential_path(reference: str, name: str, environ: Mapping[str, str]) -> Path:
    directory = environ.get("CREDENTIALS_DIRECTORY", "")
    if not directory:
        raise Invalid(
            f"{reference}: $CREDENTIALS_DIRECTORY is not set; add LoadCredential={name}:/path "
            "to the unit, or use file: outside of systemd"
        )
    if "/" in name or name in {".", ".."}:
        raise Invalid(f"{reference}: a credential has a name, not a path")
    return Path(directory) / name


def _from_file(reference: str, path: Path) -> str:
    if not path.is_absolute():
        raise Invalid(f"{reference}: write the whole path, beginning with /")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise Invalid(f"{reference}: must be a file of at most 64 KiB")
        content = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not UTF-8 text"
        raise Invalid(f"{reference}: cannot be read: {reason.lower()}") from exc
    if status.st_mode & stat.S_IROTH:
        _log.warning("secret_readable_by_everybody", path=str(path), advice=f"chmod o= {path}")
    return content


def _from_command(reference: str, line: str, environ: Mapping[str, str]) -> str:
    program = reference.partition(":")[0] + ":" + line.split(maxsplit=1)[0]
    try:
        done = subprocess.run(  # noqa: S603  the admin's own command, split without a shell
            shlex.split(line),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=dict(environ),
            timeout=COMMAND_SECONDS,
            check=True,
        )
        return done.stdout[: MAX_BYTES + 1].decode("utf-8")
    except subprocess.TimeoutExpired as exc:
        raise Invalid(f"{program}: gave no secret within {COMMAND_SECONDS} seconds") from exc
    except subprocess.CalledProcessError as exc:
        raise Invalid(f"{program}: failed with exit status {exc.returncode}") from None
    except OSError as exc:
        reason = os.strerror(exc.errno).lower() if exc.errno else "cannot be run"
        raise Invalid(f"{program}: {reason}") from exc
    except ValueError as exc:
        raise Invalid(f"{program}: its quotes do not match, or its answer is not UTF-8") from exc
