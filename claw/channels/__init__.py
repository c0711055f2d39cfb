"""Ears and mouths: each turns something outside into a Request and a Reply into something outside."""
