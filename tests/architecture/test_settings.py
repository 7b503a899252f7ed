"""Each setting is explained where people look for it."""

import re

import pytest
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from app.config import Settings
from tests.processes import ROOT

EXAMPLE = (ROOT / ".env.example").read_text()


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable that a person would set for this field."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return str(alias or f"LASTMILE_{name.upper()}")


VARIABLES = {variable(*each) for each in Settings.model_fields.items()}


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_the_setting_is_in_the_example_under_a_comment(name: str) -> None:
    assert re.search(rf"^#?{name}=", EXAMPLE, re.MULTILINE), f"{name} is not in .env.example"


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == VARIABLES


def test_the_example_shows_the_defaults() -> None:
    shown = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    loaded = Settings(_env_file=ROOT / ".env.example")  # type: ignore[call-arg]
    assert shown
    assert loaded == Settings(_env_file=None)  # type: ignore[call-arg]
