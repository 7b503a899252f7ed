"""Plotly's script from the installed package, for the pages that draw with it."""

import gzip
import re
from functools import lru_cache
from pathlib import Path

import plotly

VERSION = str(plotly.__version__)


SCRIPT = Path(plotly.__path__[0]) / "package_data" / "plotly.min.js"


@lru_cache(maxsize=1)
def script() -> bytes:
    """Plotly's script, compressed: 4.8 MB become 1.4."""
    return gzip.compress(SCRIPT.read_bytes(), compresslevel=4)


@lru_cache(maxsize=1)
def style_ids() -> tuple[str, ...]:
    """The elements under whose ids Plotly writes style sheets into the page, unless they exist.

    Our policy forbids such sheets, so the page has the elements; chart.css has what we need.
    """
    for_maps = re.findall(r'getElementById\("([0-9a-f]{64})"\)', SCRIPT.read_text("utf-8"))
    return ("plotly.js-style-global", *dict.fromkeys(for_maps))
