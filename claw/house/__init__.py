"""The house: its areas, devices, entities and states, what can be done to them, and the backends that do it."""
