"""SQLite: opened one way, migrated one way."""
