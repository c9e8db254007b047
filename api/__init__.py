"""The HTTP API, version 1: validates, calls a service, answers. One file a noun."""
