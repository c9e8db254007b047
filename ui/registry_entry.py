"""What the three registers have in common: the list, opening an entry, saving, retiring.

An entry is kept as it was when it was opened; a change is checked against that version, so that what
somebody else saved meanwhile is never overwritten unseen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from domain.case import Actor
from domain.errors import BadInput, StoreUnavailable
from domain.permissions import PERMISSIONS, Action, may
from domain.words import Role
from geo.errors import GeoError
from services import registry
from services.registry import Entry, Kind
from ui import parts
from ui.i18n import _, format_datetime, sentence
from ui.state import NOTICE, REGISTRY_OPEN, REGISTRY_ROUND

Row = dict[str, Any]
