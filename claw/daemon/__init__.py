"""Builds all objects from the configuration and runs them; the only room that knows every concrete class."""

from claw.store.lean import load

load()  # before anything here loads it whole
