"""Keys and values as TOML writes them; Python only reads it."""

from __future__ import annotations

import json
from typing import Any


def toml_key(name: str) -> str:
    """A key, in quotes where TOML needs them."""
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else toml_value(name)


def toml_value(value: Any) -> str:
    """A text, number, truth or tuple of them as TOML."""
    if isinstance(value, tuple):
        return f"[{', '.join(toml_value(each) for each in value)}]"
    if isinstance(value, str):
        # A JSON string is a TOML string but for this one sign.
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
