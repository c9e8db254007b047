"""The verbs of the work: each takes the center, the time and who acts, and returns domain objects.

A service loads, calls one rule of `domain/`, stores, and nothing else. Screens and API call services
only.
"""
