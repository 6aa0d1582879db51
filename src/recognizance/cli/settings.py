"""`settings`: every setting, its value here, its default, and what it is for."""

from __future__ import annotations

from recognizance.cli.options import AsJson, Data
from recognizance.cli.terminal import print_json, print_table
from recognizance.settings import PREFIX, describe_settings, load_settings


def settings(data: Data = None, as_json: AsJson = False) -> None:
    """Print all settings: environment variable, value, default, and meaning.

    A TOML file named by RECOGNIZANCE_CONFIG sets them too, by their names in lower case without the prefix.
    """
    values = load_settings({"data": data}).model_dump(mode="json")
    rows = [
        {"name": name, "value": values[name.removeprefix(PREFIX).lower()], "default": default, "description": sentence}
        for name, default, sentence in describe_settings()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(("setting", "value", "default", "meaning"), [list(row.values()) for row in rows])
