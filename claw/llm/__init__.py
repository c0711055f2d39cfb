"""Asking a language model: a client for any server with OpenAI's interface, a budget, a reader without power."""
