"""Moves: each a pure function from a case to the next case, one module per phase of the SOP.

Every move takes the case first, then the actor and `at`, the time it happened (timezone-aware).
It raises a SigapError and changes nothing when the role, the status, a guard or the time forbids it.
"""
