"""syncd keeps a practice's appointment ledger in two-way sync with its calendars."""

__version__ = "0.1.0"
