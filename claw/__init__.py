"""Claw: a daemon that runs a home and can be trusted with it."""
