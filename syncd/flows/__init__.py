"""The imperative shell, one story a file: read, decide in the core, write. No story knows HTTP."""
