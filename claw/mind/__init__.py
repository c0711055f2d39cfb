"""Turns a request into actions and outcomes into a reply."""
