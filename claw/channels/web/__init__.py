"""The web channel: the page, and the HTTP interface that other programs use."""
