"""Where the C library takes memory from."""

import ctypes
import sys

HEAPS = 2
_M_ARENA_MAX = -8


def share_heaps() -> bool:
    """Let all threads of this process share `HEAPS` heaps; return whether the C library can (glibc).

    By itself it keeps eight heaps a core, and each run of a screen or a request may take another one. What
    is freed in one heap is of no use to the others: all grow to what was once needed in them. Call it before
    the threads start.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(_M_ARENA_MAX, HEAPS) == 1)
