"""Clocks and events that speak like a channel: what runs in the background, and what became of each time it was due."""
