"""Tests, in the shape of the source."""

import os
import sys

# A run starts a hundred processes. Each would compile a thousand modules anew where the
# environment, as that of many containers, forbids to keep compiled ones.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
