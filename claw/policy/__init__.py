"""What may be done: the file's language, the judge that reads it, the people it names, and its review."""
