"""`make bench`: what Sigap's speed is, on this machine, with its figures printed. Nothing here is a test."""
