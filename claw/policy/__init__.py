"""What may be done, by whom, through what: rules in, a decision out."""
