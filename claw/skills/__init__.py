"""The library of skills: what worked once, with its parameters, its rights and its tests; runs for nothing."""
