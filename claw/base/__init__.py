"""Nouns without verbs: the values every room speaks in, the configuration, the errors and the clock."""
