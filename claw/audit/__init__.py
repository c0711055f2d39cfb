"""The append-only log of what was meant, decided and done."""
