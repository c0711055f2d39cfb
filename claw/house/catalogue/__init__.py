"""The catalogue: every action that Claw knows, by domain, with what it takes, what it does and what proves it.

What is not here does not exist for Claw: no toggle (its direction is unknown when it is judged), nothing of
``homeassistant.*`` (one service for every kind of thing), nothing with a free-form field.  Feature names and bits are
Home Assistant's own ``<Domain>EntityFeature``.
"""
