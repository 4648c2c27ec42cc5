"""What is refused says what is wrong and what to do, and never leads astray."""

from __future__ import annotations

from datetime import date

import pytest

from health.errors import UnreadableFile
from health.files import ParsedFile, read_file
from health.files.placeholders import NO_NAME, NO_VALUE, TOTALS, is_total, plain
from health.files.synonyms import SYNONYMS, renamed

TODAY = date(2026, 11, 24)
CLIENT_COLUMNS = (
    *("organization_id", "name", "total_users", "renewal_date", "industry", "employee_count"),
    *("csm", "annual_value", "alert_level", "is_active"),
)


def read(content: str) -> ParsedFile:
    return read_file(content.encode(), name="export.csv", today=TODAY)


def header_refused(*names: str) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(",".join(names) + "\n")
    return refused.value.message


def cell_refused(column: str, cell: str) -> tuple[str, str]:
    """The reason and what would be accepted, for a cell of a file of clients."""
    parsed = read(f'organization_id,name,{column}\nORG-1,Northwind,"{cell}"\n')
    return parsed.rejects.select("reason", "accepted").row(0)


class TestHeaders:
    def test_all_unknown_columns_are_named_with_those_that_are_accepted(self) -> None:
        said = header_refused("organization_id", "name", "phone", "Fax", "Licences")
        assert "The columns “phone”, “Fax”, “Licences” are not ones of an organizations" in said
        assert "Rename “Licences” to total_users, or say so once in a feed." in said
        assert f"Accepted: {', '.join(CLIENT_COLUMNS)}"[:60] in said
        assert "Remove the others from the file, or leave them out in a feed." in said

    def test_the_columns_of_another_program_are_renamed_and_not_added(self) -> None:
        said = header_refused("Account ID", "Account Name", "Annual Value")
        assert "Rename “Account ID” to organization_id and “Account Name” to name, or say" in said
        assert "Add the column" not in said
        said = header_refused("Kundennummer", "Datum", "DAU")
        assert "a usage file with one column per metric" in said
        assert "“Kundennummer” to organization_id, “Datum” to date and “DAU” to daily_act" in said

    def test_a_missing_column_that_nothing_looks_like_is_to_be_added(self) -> None:
        assert "Add the column" in header_refused("organization_id", "industry")

    @pytest.mark.parametrize(
        ("name", "never"),
        [
            ("churn_date", "renewal_date"),
            ("total_value", "total_users"),
            ("active_users", "is_active"),
            ("inactive", "is_active"),
            ("is_inactive", "is_active"),
            ("MRR", "annual_value"),
            ("created_date", "renewal_date"),
            ("annual_revenue", "annual_value"),
        ],
    )
    def test_no_rename_is_advised_that_would_store_the_wrong_thing(
        self, name: str, never: str
    ) -> None:
        said = header_refused("organization_id", "name", name)
        assert f"to {never}" not in said
        assert "Did you mean" not in said
        assert "Rename" not in said or "inactive_from" in said

    def test_a_column_that_is_there_already_is_not_advised(self) -> None:
        said = header_refused("organization_id", "Account ID", "name")
        assert "Rename" not in said

    def test_days_as_columns_are_named_as_such(self) -> None:
        said = header_refused("organization_id", "2026-11-20", "2026-11-21", "2026-11-22")
        assert said.startswith("It has one column a day (“2026-11-20”, “2026-11-21” and 1 more).")
        assert "feed" in said
        assert header_refused("Kunde", "20.11.2026", "21.11.2026").startswith("It has one column a")

    def test_a_row_an_event_is_named_as_such(self) -> None:
        said = header_refused("Id", "Subject", "Status", "Created at", "Organization")
        assert said.startswith("It looks like a file with one row per event")
        assert "“Subject”, “Created at”" in said

    def test_every_synonym_means_one_column_only(self) -> None:
        names = [name for names in SYNONYMS.values() for name in names]
        assert len(names) == len({name.casefold() for name in names})
        assert all(
            renamed(name, [ours]) == ours for ours, all_ in SYNONYMS.items() for name in all_
        )


class TestCells:
    @pytest.mark.parametrize(
        ("column", "cell", "accepted"),
        [
            ("renewal_date", "20.11.2026", "2026-11-20"),
            ("renewal_date", "1.2.2026", "2026-02-01"),
            ("renewal_date", "2026/11/20", "2026-11-20"),
            ("renewal_date", "11/20/2026", "2026-11-20"),
            ("renewal_date", "03-05-2026", "2026-05-03 or 2026-03-05, whichever is meant."),
            ("annual_value", "1.234,56", "1234.56"),
            ("annual_value", "1,234.56", "1234.56"),
            ("annual_value", "€ 12.345", "12345 or 12.345, whichever is meant."),
            ("annual_value", "18.500", "18500 or 18.5, whichever is meant."),
            ("annual_value", "1.234.567", "1234567"),
            ("total_users", "57%", "57"),
            ("is_active", "Ja", "true"),
        ],
    )
    def test_what_would_be_accepted_is_said_where_the_text_tells(
        self, column: str, cell: str, accepted: str
    ) -> None:
        assert cell_refused(column, cell)[1] == accepted

    def test_a_day_as_a_spreadsheet_counts_it_is_named_as_such(self) -> None:
        reason, accepted = cell_refused("renewal_date", "46350")
        assert reason == "not an ISO date"
        assert accepted.startswith("2026-11-24, if 46350 is a day as a spreadsheet counts them")

    def test_a_metric_of_another_name_is_told_its_own(self) -> None:
        parsed = read("organization_id,metric_type,date,value\nA,DAU,2026-11-23,1\n")
        assert parsed.rejects["accepted"].to_list() == ["DAILY_ACTIVE_USERS"]


class TestNoValue:
    @pytest.mark.parametrize("word", ["null", "N/A", "#N/A", "-", "—", "NaN", "None", "k. A.", "?"])
    def test_a_word_for_no_value_is_none_in_a_cell_that_may_be_empty_and_it_is_said(
        self, word: str
    ) -> None:
        parsed = read(
            "organization_id,name,industry,total_users,renewal_date\n"
            f"ORG-1,Northwind,{word},{word},{word}\nORG-2,B,{word},5,2027-01-01\n"
        )
        assert parsed.rows.row(0) == (2, "ORG-1", "Northwind", None, None, None)
        assert tuple(note.replace("\u00a0", " ") for note in parsed.notes) == (
            f"1 cell of total_users counted as empty: “{word}”.",
            f"1 cell of renewal_date counted as empty: “{word}”.",
            f"2 cells of industry counted as empty: “{word}”.",
        )

    def test_the_same_holds_for_a_metric_of_a_wide_file(self) -> None:
        parsed = read("organization_id,date,api_calls\nA,2026-11-23,n/a\n")
        assert parsed.rows["api_calls"].to_list() == [None]
        assert len(parsed.notes) == 1

    def test_a_word_that_means_something_keeps_its_meaning(self) -> None:
        parsed = read("organization_id,name,alert_level,csm\nA,Nanny Ltd,None,Anna\n")
        assert parsed.rows.row(0) == (2, "A", "Nanny Ltd", "Anna", "NONE")
        assert parsed.notes == ()

    @pytest.mark.parametrize("word", sorted(NO_NAME - {"-", "--", "---", "\\n"}))
    def test_no_client_is_called_like_that(self, word: str) -> None:
        parsed = read(f'organization_id,name\n"{word}","{word.upper()}"\n')
        assert parsed.rows.is_empty()
        assert parsed.rejects.height == 2

    @pytest.mark.parametrize(
        "row",
        ["Total,2 records", "Grand Totals (2 records),", "Summe:,x", "x,Gesamt", "x,12 Kunden"],
    )
    def test_a_row_of_totals_is_refused_as_one(self, row: str) -> None:
        parsed = read(f"organization_id,name\nA,Total Energies\n{row}\n")
        assert parsed.rows["name"].to_list() == ["Total Energies"]
        assert "a row of totals, not a client" in parsed.rejects["reason"].to_list()

    def test_the_lists_are_written_as_they_are_compared(self) -> None:
        assert {plain(word) for word in NO_NAME} == NO_NAME
        assert NO_VALUE.isdisjoint(TOTALS)
        assert all(map(is_total, TOTALS))


class TestMisEncoded:
    def test_text_that_was_decoded_twice_is_named_with_what_it_may_have_been(self) -> None:
        parsed = read(
            "organization_id,name\nA,MÃ¼ller\nB,CafÃ© â€“ Ã\x81rea\nC,SÃO PAULO\nD,Müller\n"
        )
        assert parsed.rejects.is_empty() or parsed.rejects["line"].to_list() == [3]
        assert "“MÃ¼ller” on line 2 may have been “Müller”" in parsed.notes[0]
        assert "PAULO" not in parsed.notes[0]

    def test_right_text_stays_quiet(self) -> None:
        assert read("organization_id,name\nA,Müller & Söhne – Âge d'Or\n").notes == ()
