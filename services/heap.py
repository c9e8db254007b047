"""Where the C library takes memory from, and how often Python searches its own for garbage."""

import ctypes
import gc
import sys

HEAPS = 2
_M_ARENA_MAX = -8
NEW_OBJECTS = 10_000
"""After so many new objects Python looks for garbage (by itself: 700).

A thousand positions a second make so many that the search through everything, a tenth of a second in which
nothing is answered, came every three seconds.
"""


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


def search_less_often() -> None:
    """Let Python look for garbage less often; what nothing points at any more is freed at once anyway."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
