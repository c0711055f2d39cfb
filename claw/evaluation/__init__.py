"""The evaluation: what Claw makes of many requests, each in a house of its own, held against what should come of it."""
