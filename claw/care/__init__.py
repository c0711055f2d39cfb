"""What an owner does for a daemon that is to run for years: set it up, examine it, back it up, mend it."""
