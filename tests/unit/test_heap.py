"""However many threads work, the C library keeps few heaps."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from services.heap import HEAPS

ROOT = Path(__file__).parents[2]
COUNT = """
import ctypes, sys, threading
from services.heap import share_heaps

if sys.argv[2] == "shared":
    assert share_heaps()
together = threading.Barrier(20)

def work():
    kept = bytearray(100_000)
    together.wait()
    return kept

threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(path: Path, how: str) -> int:
    subprocess.run([sys.executable, "-c", COUNT, str(path), how], cwd=ROOT, check=True, timeout=60)
    return path.read_text().count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps a heap for every thread")
def test_threads_share_the_heaps(tmp_path):
    assert heaps(tmp_path / "by-itself.xml", "by itself") > HEAPS
    assert heaps(tmp_path / "shared.xml", "shared") <= HEAPS
