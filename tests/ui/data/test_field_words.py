from __future__ import annotations

import pytest

from health.storage.schema import HISTORY_FIELDS
from health.ui.data.field_words import label, value


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("total_users", "1200", "1,200"),
        ("annual_value", "9000.50", "9,000.50"),
        ("renewal_date", "2026-11-20", "20 Nov 2026"),
        ("is_active", "false", "no"),
        ("SSO is_used", "true", "yes"),
        ("SSO last_used_at", "2026-11-20", "20 Nov 2026"),
        ("alert_level", "PROACTIVE", "Proactive"),
        ("API_CALLS", "1000", "1,000"),
        ("name", "2026", "2026"),
        ("csm", None, "empty"),
    ],
)
def test_a_value_on_file_is_written_as_people_write_it(
    field: str, text: str | None, said: str
) -> None:
    assert value(field, text).replace("\u00a0", " ") == said


def test_no_field_is_called_by_its_name_in_code() -> None:
    fields = [*HISTORY_FIELDS, "SSO is_used", "API_CALLS", "api_calls"]
    assert [name for name in map(label, fields) if "_" in name] == []
    assert label("SSO is_used") == "Single sign-on: used"
