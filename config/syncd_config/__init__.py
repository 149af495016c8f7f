"""The two configuration files as values: syncd.toml (how it runs), practice.toml (what it manages).

Not imported by core, flows, ledger or providers: they are given values.
"""

from syncd_config.examples import example_practice, example_settings
from syncd_config.hours_block import hours_block
from syncd_config.practice import PracticeFile, load_practice
from syncd_config.secret_files import secret_at
from syncd_config.secret_references import resolve_secret
from syncd_config.settings import (
    LogFormat,
    LogLevel,
    PracticeDefaults,
    Settings,
    without_password,
)
from syncd_config.sources import LoadedSettings, load_settings, settings_file

__all__ = [
    "LoadedSettings",
    "LogFormat",
    "LogLevel",
    "PracticeDefaults",
    "PracticeFile",
    "Settings",
    "example_practice",
    "example_settings",
    "hours_block",
    "load_practice",
    "load_settings",
    "resolve_secret",
    "secret_at",
    "settings_file",
    "without_password",
]
