"""The papers of the command center, set with typst (domain.md 4): A4, Indonesian, monochrome-safe.

Every paper is made from values alone: the same input gives the same bytes anywhere, so that a paper's
SHA-256 can be recorded. Words reach typst as data, never as source.
"""
