"""SQLite: opened one way, migrated one way."""

from claw.store.lean import load

load()  # before anything of this room, or above it, loads it whole
