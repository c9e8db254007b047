"""Reading papers with programs that no one here wrote: pypdf, and pdftotext where it is installed."""

import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader


def said_elsewhere(code, folder, hash_seed):
    """What a program prints in a process of its own, in another zone, with another seed of hashes."""
    tests = Path(__file__).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(path) for path in (tests.parent, tests / "unit", tests)),
        "PYTHONHASHSEED": str(hash_seed),
        "TZ": "Pacific/Kiritimati",
        "SOURCE_DATE_EPOCH": "0",
        "LC_ALL": "C",
    }
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return child.stdout.split()


def pages_of(pdf):
    """The text of each page without white space and without the places where a long word may break."""
    return [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def text_of(pdf):
    """The text of all pages, without white space."""
    return "".join(pages_of(pdf))


def squeezed(text):
    return "".join(text.split()).replace("\u200b", "")


def in_order(words, text):
    """Whether all of these stand in the text one after another."""
    place = 0
    for word in words:
        place = text.find(squeezed(word), place)
        if place < 0:
            return False
        place += len(squeezed(word))
    return True


@dataclass(frozen=True)
class Word:
    """A word as pdftotext finds it: page from 1, and its box in points from the page's upper left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    text: str


_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
_WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')


def words_of(pdf):
    """Every word with its box, and the size of the pages; skips the test without pdftotext."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    told = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    words, page = [], 0
    for line in told.splitlines():
        if _PAGE.search(line):
            page += 1
        elif found := _WORD.search(line):
            words.append(Word(page, *(float(value) for value in found.groups()[:4]), found[5]))
    sizes = [tuple(float(value) for value in found) for found in _PAGE.findall(told)]
    return words, sizes
