"""Builds all objects from the configuration and runs them; the only room that knows every concrete class."""
