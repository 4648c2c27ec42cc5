"""The feed of docs/files.md reads the export that the document speaks of."""

from __future__ import annotations

from datetime import date

from documents import DOCUMENTS, blocks

from health.files.feeds import feed_from_toml, read_by_feed

EXPORT = """\
Ticket desk\r
All tickets of November\r
Id;Subject;Status;Created at;Organization\r
1;Anmeldung geht nicht;Open;02.11.2026 09:14;Café Lumière\r
2;Export;Solved;02.11.2026 23:30;Café Lumière\r
3;Werbung;Spam;02.11.2026 10:00;Niemand\r
Subtotal;3;;;\r
\r
Confidential\r
"""


def test_the_feed_of_the_document_reads_its_export() -> None:
    (text,) = blocks("docs/files.md", "toml")
    assert "docs/files.md" in DOCUMENTS
    parsed = read_by_feed(
        EXPORT.encode("cp1252"),
        feed_from_toml(text),
        name="tickets.csv",
        today=date(2026, 11, 26),
        identify=lambda names: names.replace("Café Lumière", "ORG-3"),
    )
    assert parsed.rows.select("organization_id", "date", "value").rows() == [
        ("ORG-3", date(2026, 11, 2), 1),
        ("ORG-3", date(2026, 11, 3), 1),
    ]
    assert parsed.rejects.is_empty()
