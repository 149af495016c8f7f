"""The room without windows: values and decisions. Standard library only, no clock, no I/O."""
