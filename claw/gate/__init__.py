"""The one door: nothing moves in the house and nothing leaves the process except through ``perform``."""
