"""What other programs write is read as what it is, or refused with the way out."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from workbooks_by_hand import archive, excel, ods, ods_cells, text

from health.errors import TablesRefused, UnclearFile, UnreadableFile
from health.files import ParsedFile, Stated, read_file, read_files, rejected_rows, sheets
from health.files.opening import open_file
from health.files.sources import MAXIMUM_BYTES, open_source

TODAY = date(2026, 11, 24)
CLIENTS = "organization_id,name\nORG-1,Müller\n"
USAGE = "organization_id,date,support_tickets\nORG-1,2026-11-24,0\n"
HEAD = text("A1", "organization_id") + text("B1", "date") + text("C1", "campaign_response_rate")
ROW = text("A2", "ORG-1") + text("B2", "2026-11-23")


def read(content: str | bytes, **options: Any) -> ParsedFile:
    raw = content.encode() if isinstance(content, str) else content
    return read_file(raw, name="export", today=TODAY, **options)


def read_all(content: bytes) -> tuple[ParsedFile, ...]:
    return read_files(content, name="export", today=TODAY)


def refusal(content: str | bytes, **options: Any) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read(content, **options)
    return refused.value.message


def cells(content: bytes, stated: Stated) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header of a file and its rows as text, read as stated."""
    with open_source(content, maximum=MAXIMUM_BYTES) as intake:
        table = open_file(intake, stated=stated)
        return table.header, [row for block in table.blocks for row in block.read().cells.rows()]


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_with_its_mark_is_read(self, encoding: str) -> None:
        content = ("\ufeff" + CLIENTS.replace(",", "\t")).encode(encoding)
        assert read(content).rows["name"].to_list() == ["Müller"]
        assert read(gzip.compress(content)).rows["name"].to_list() == ["Müller"]

    def test_utf_16_that_is_cut_short_is_refused_with_its_line(self) -> None:
        assert "Line 3 is cut short" in refusal(("\ufeff" + CLIENTS + "x").encode("utf-16-le")[:-1])

    def test_another_encoding_is_read_when_it_is_stated(self) -> None:
        content = "Kunde;Wert\nMüller €;1.234,56\n".encode("cp1252")
        stated = Stated(encoding="windows-1252", delimiter=";")
        assert cells(content, stated) == (("Kunde", "Wert"), [("Müller €", "1.234,56")])

    def test_what_the_stated_encoding_does_not_know_is_refused_with_its_line(self) -> None:
        with pytest.raises(UnreadableFile, match=r"Line 2 is not cp1252 text \(byte 0x81\)"):
            cells(b"a,b\n\x81,1\n", Stated(encoding="cp1252"))

    def test_utf_8_is_not_taken_for_the_encoding_that_is_stated(self) -> None:
        with pytest.raises(UnreadableFile, match="The text is UTF-8, and not cp1252 as stated"):
            cells(CLIENTS.encode(), Stated(encoding="cp1252"))

    def test_an_unknown_encoding_is_refused_with_those_that_are_known(self) -> None:
        with pytest.raises(UnreadableFile, match=r"“latin9000” is not known\. State one of"):
            cells(CLIENTS.encode(), Stated(encoding="latin9000"))

    def test_german_text_is_refused_with_all_that_must_be_stated(self) -> None:
        content = "Nr;Firma;Wert;Bis\n7;Bäcker & Söhne;12.345,60;31.12.2026\n".encode("cp1252")
        said = refusal(content)
        assert "Line 2 is not UTF-8 text (byte 0xE4, “ä” in Windows-1252)" in said
        assert "State encoding = cp1252 in a feed" in said
        assert "semicolons between the fields, decimal commas (12.345,60), days such as 31.12" in (
            said
        )

    @pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", "\ufeffsep=;\n"])
    def test_a_first_line_may_give_the_delimiter(self, line: str) -> None:
        parsed = read(line + "organization_id;name\nORG-1;A, B\n")
        assert parsed.rows.select("line", "name").rows() == [(3, "A, B")]

    @pytest.mark.parametrize("cell", ['="00123"', '"=""00123"""', '"00123"', "00123"])
    def test_a_text_that_was_forced_is_that_text(self, cell: str) -> None:
        parsed = read(f'organization_id,name,total_users\n{cell},"A ""B""",="201"\n')
        assert parsed.rows.rows() == [(2, "00123", 'A "B"', 201)]

    def test_a_quoted_field_keeps_what_looks_like_a_forced_text(self) -> None:
        parsed = read('organization_id,name\nORG-1,"x,=""y"",z"\n')
        assert parsed.rows["name"].to_list() == ['x,="y",z']

    def test_whole_numbers_may_be_written_with_zero_decimals(self) -> None:
        head = "organization_id,date,api_calls\n"
        parsed = read(head + "A,2026-11-24,31.0\nB,2026-11-24,\nC,2026-11-24,7.00\n")
        assert parsed.rows["api_calls"].to_list() == [31, None, 7]
        wrong = read(head + "A,2026-11-24,31.5\nB,2026-11-24,-1.0\nC,2026-11-24,.0\n")
        assert wrong.rejects["reason"].to_list() == [
            *("not an integer", "negative", "not an integer")
        ]


class TestHeaderFurtherDown:
    def test_the_lines_above_it_are_skipped_and_shown(self) -> None:
        parsed = read('Report: Usage\n"Filter: ""EMEA"\n\nGenerated,2026\n\n' + USAGE)
        assert parsed.rows["line"].to_list() == [7]
        assert parsed.notes == (
            '3 lines above the header were skipped: “Report: Usage”, “"Filter: ""EMEA"”, '
            "“Generated,2026”.",
        )

    def test_an_ordinary_file_says_nothing(self) -> None:
        assert read(USAGE).notes == ()

    def test_a_first_line_that_is_whole_stays_the_header(self) -> None:
        parsed = read("organization_id,name\norganization_id,name\n")
        assert parsed.rows.height == 1

    def test_it_can_be_stated(self) -> None:
        content = b"a,b\nc,d\nKonto,Firma\n1,2\n"
        assert cells(content, Stated(header_line=3)) == (("Konto", "Firma"), [("1", "2")])
        with pytest.raises(UnreadableFile, match="on line 9; there is no such line"):
            cells(content, Stated(header_line=9))

    def test_it_is_found_in_a_sheet_too(self) -> None:
        book = excel([text("A1", "Report"), "", HEAD.replace("1", "3"), ROW.replace("2", "4")])
        parsed = read(book)
        assert parsed.notes == ("Line 1 above the header was skipped: “Report”.",)

    def test_a_foreign_header_below_a_title_is_the_one_complained_of(self) -> None:
        said = refusal("Accounts of Europe\n\nAccount ID,Account Name,Region\n7,A,EU\n")
        assert "Found: “Account ID”, “Account Name”, “Region”." in said
        assert "Rename “Account ID” to organization_id and “Account Name” to name" in said


class TestJsonLines:
    def test_a_row_a_line_is_read(self) -> None:
        rows: list[dict[str, object]] = [
            {"organization_id": "A", "date": "2026-11-23", "api_calls": 31.0},
            {"date": "2026-11-24", "organization_id": "A", "support_tickets": None},
        ]
        content = "\n".join(map(json.dumps, rows)) + "\n\n"
        parsed = read(content)
        assert parsed.rows.rows() == [
            (1, "A", date(2026, 11, 23), 31, None),
            (2, "A", date(2026, 11, 24), None, None),
        ]

    def test_true_and_false_are_words_and_large_numbers_stay_exact(self) -> None:
        parsed = read('{"organization_id": 12345678901234567890, "name": "A", "is_active": true}\n')
        assert parsed.rows.rows() == [(1, "12345678901234567890", "A", True)]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            ('{"a": 1}\nx\n', "line 2 is not an object on a line of its own"),
            ('{"a": 1}\n[1]\n', "line 2 is not an object"),
            ('{\n"a": 1}\n', "line 1 is not an object"),
            ('{"a": 1, "a": 2}\n', "a key is there twice"),
            ('{"organization_id": "A", "name": {"x": 1}}\n', "a list or an object under “name”"),
        ],
    )
    def test_what_is_no_row_is_refused_with_its_line(self, content: str, sentence: str) -> None:
        assert sentence in refusal(content)

    def test_a_key_that_comes_late_is_not_left_out_in_silence(self) -> None:
        line = json.dumps({"organization_id": "A", "name": "x" * 400}) + "\n"
        late = json.dumps({"organization_id": "A", "name": "A", "csm": "c"})
        assert "Line 6001 has the key “csm”" in refusal(line * 6_000 + late)


class TestArchives:
    def test_each_file_is_read_as_what_it_is(self) -> None:
        content = archive(
            {"a/clients.csv": CLIENTS, "usage.csv.txt": USAGE, "__MACOSX/x": b"", ".DS_Store": b""}
        )
        clients, usage = read_all(content)
        assert (clients.name, usage.name) == ("export: a/clients.csv", "export: usage.csv.txt")
        assert clients.rows["name"].to_list() == ["Müller"]
        assert clients.sha256 != usage.sha256
        assert sheets(content) == ("a/clients.csv", "usage.csv.txt")
        assert read(content, sheet="usage.csv.txt").rows.equals(usage.rows)
        assert "Several" not in refusal(content)
        assert "holds several files: “a/clients.csv”, “usage.csv.txt”" in refusal(content)

    def test_one_file_is_read_as_if_it_were_not_packed(self) -> None:
        parsed = read(archive({"clients.csv": CLIENTS}))
        assert (parsed.name, parsed.part) == ("export", None)
        assert sheets(archive({"clients.csv": CLIENTS})) == ()

    def test_a_workbook_in_it_gives_its_sheets(self) -> None:
        tables = {"C": [ods_cells("organization_id", "name"), ods_cells("A", "B")]}
        tables["D"] = tables["C"]
        content = archive({"book.ods": ods(tables)})
        assert [table.part for table in read_all(content)] == ["book.ods/C", "book.ods/D"]
        assert read(content, sheet="book.ods/D").rows.height == 1

    @pytest.mark.parametrize(
        ("parts", "sentence"),
        [
            ({"a.csv": b""}, "“a.csv” of the ZIP archive is empty"),
            ({"a.zip": archive({"b.csv": CLIENTS})}, "is packed once more"),
            ({"a.csv.gz": gzip.compress(CLIENTS.encode())}, "is packed once more"),
            ({f"{n}.csv": CLIENTS for n in range(101)}, "holds 101 files; at most 100"),
            ({"a.csv": b"\n" * 50_000_000}, "more than 100 times its size"),
            ({"folder/": b""}, "has no file in it"),
        ],
    )
    def test_what_is_empty_nested_or_a_bomb_is_refused(
        self, parts: dict[str, str | bytes], sentence: str
    ) -> None:
        with pytest.raises(UnreadableFile) as refused:
            read_all(archive(parts))
        assert sentence in refused.value.message

    def test_a_file_that_cannot_be_read_is_named(self) -> None:
        with pytest.raises(UnreadableFile) as refused:
            read_all(archive({"good.csv": CLIENTS, "bad.csv": "a,b\n"}))
        assert refused.value.message.startswith("“bad.csv”: None of its columns is known")

    def test_a_file_whose_size_is_a_lie_is_refused(self) -> None:
        content = archive({"a.csv": "organization_id,name\n" + "A,B\n" * 1000})
        size = (21 + 4000).to_bytes(4, "little")
        assert content.count(size) == 2
        assert "The ZIP archive is damaged" in refusal(content.replace(size, b"\x30\0\0\0"))


def book(*sheets: tuple[str, list[list[str]], bool]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as made:
        for name, rows, is_hidden in sheets:
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if is_hidden:
                sheet.hide()
    return content.getvalue()


ONE = [["organization_id", "name"], ["A", "Alpha"]]
TWO = [["organization_id", "feature_name"], ["A", "SSO"]]


class TestSheets:
    def test_each_sheet_is_read_as_what_it_is(self) -> None:
        content = book(("Clients", ONE, False), ("Empty", [], False), ("Features", TWO, False))
        assert [table.kind for table in read_all(content)] == ["organizations", "features"]
        assert sheets(content) == ("Clients", "Features")
        assert read_all(content)[0].notes == ("The sheet “Empty” holds no cells and was left out.",)
        assert read(content, sheet="Features").columns == ("organization_id", "feature_name")
        assert "has no sheet “Usage”" in refusal(content, sheet="Usage")

    def test_a_hidden_sheet_is_called_hidden(self) -> None:
        content = book(("Clients", ONE, False), ("Lists", [["x"]], True))
        assert read(content).notes == ("The sheet “Lists” is hidden and was left out.",)
        both = book(("C", ONE, False), ("D", TWO, False), ("Lists", [["x"]], True))
        assert "“C”, “D”, “Lists” (hidden)" in refusal(both)
        assert [len(table.notes) for table in read_all(both)] == [1, 0]
        said = read(book(("Cover", [], False), ("Clients", ONE, True))).notes
        assert said == ("The sheet “Clients” is hidden in the workbook.",)

    def test_a_sheet_that_is_no_table_refuses_the_workbook_by_name(self) -> None:
        notes = ("Notes", [["see mail"]], False)
        with pytest.raises(TablesRefused) as refused:
            read_all(book(notes, ("Clients", ONE, False), ("Features", TWO, False)))
        assert refused.value.message.startswith("“Notes”: None of its columns is known")
        assert "separated by commas" not in refused.value.message
        assert refused.value.readable == ("Clients", "Features")
        with pytest.raises(UnclearFile) as none_readable:
            read_all(book(notes, ("More", [["a", "b"]], False)))
        assert "“Notes”: " in none_readable.value.message
        assert "“More”: " in none_readable.value.message

    def test_a_sheet_with_a_chart_only_is_left_out_without_a_word_on_standard_error(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as made:
            sheet = made.add_worksheet("Clients")
            for number, row in enumerate(ONE):
                sheet.write_row(number, 0, row)
            chart = made.add_chart({"type": "line"})
            chart.add_series({"values": "=Clients!$A$1:$A$2"})
            made.add_chartsheet("Curve").set_chart(chart)
        table = read(content.getvalue())
        assert table.notes == ("The sheet “Curve” holds no cells and was left out.",)
        assert capfd.readouterr().err == ""

    def test_rejected_rows_of_a_sheet_come_from_that_sheet(self) -> None:
        content = book(("Clients", ONE, False), ("Features", [TWO[0], ["A", "X"]], False))
        _, features = read_all(content)
        made = rejected_rows(
            content, today=TODAY, refused=features.rejects, sheet=features.part
        ).decode()
        assert made.splitlines()[1].endswith(",A,X")


class TestFormulas:
    @pytest.mark.parametrize(
        "cell",
        [
            '<c r="C2"><f>1+2</f></c>',
            '<c r="C2"><f>1+2</f><v/></c>',
            '<c r="C2"><f>1+2</f><v /></c>',
            '<c r="C2"><f>1+2</f><v></v></c>',
            '<c r="C2"><f>1+2</f><v>  </v></c>',
            '<c r="C2" t="str"><f>""</f><v></v></c>',
            '<c r="C2" t="n"><f t="shared" si="0"/><v></v></c>',
            '<c r="C2"><f ca="1">NOW()</f><v xml:space="preserve"/></c>',
            '<x:c xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" r="C2">'
            "<x:f>1+2</x:f><x:v></x:v></x:c>",
        ],
    )
    def test_one_without_a_result_is_refused_with_its_cell(self, cell: str) -> None:
        said = refusal(excel([HEAD, ROW + '<c r="B9" s="1"/>' + cell]))
        assert "Cell C2 of the sheet “Data” holds a formula without its result" in said

    @pytest.mark.parametrize(
        "cell", ['<c r="C2"><f>1+2</f><v>3</v></c>', '<c r="C2"><f a="1"/><v >3</v></c>']
    )
    def test_one_with_a_result_is_that_result(self, cell: str) -> None:
        assert read(excel([HEAD, ROW + cell])).rows["campaign_response_rate"].to_list() == [3]

    def test_an_empty_result_as_xlsxwriter_writes_it_is_refused(self) -> None:
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as made:
            sheet = made.add_worksheet("S")
            sheet.write_row(0, 0, ["organization_id", "name", "total_users"])
            sheet.write_row(1, 0, ["A", "Alpha"])
            sheet.write_formula(1, 2, '=""', None, "")
        assert "Cell C2 of the sheet “S”" in refusal(content.getvalue())

    def test_one_of_open_document_is_refused_too(self) -> None:
        formula = '<table:table-cell table:formula="of:=1+2" office:value-type="float"/>'
        head = ods_cells("organization_id", "name", "total_users")
        said = refusal(ods({"T": [head, ods_cells("A", "B") + formula]}))
        assert "Cell C2 of the sheet “T” holds a formula without its result" in said


class TestPercent:
    @pytest.mark.parametrize("percent", ["0%", "0.00%", "#,##0.0 %;[Red]-0%"])
    def test_cells_in_percent_are_read_as_percent_and_it_is_said(self, percent: str) -> None:
        cell = '<c r="C2" s="1"><v>{}</v></c>'
        for written, rate in (("1", 100), ("0", 0), ("0.56999999999999995", 57)):
            parsed = read(excel([HEAD, ROW + cell.format(written)], percent=percent))
            assert parsed.rows["campaign_response_rate"].to_list() == [rate]
            assert "Cells of column C were written as percent" in parsed.notes[0]

    def test_a_sign_that_is_only_text_makes_no_percent(self) -> None:
        cell = '<c r="C2" s="1"><v>57</v></c>'
        parsed = read(excel([HEAD, ROW + cell], percent='0" % of all"'.replace('"', "&quot;")))
        assert parsed.rows["campaign_response_rate"].to_list() == [57]
        assert parsed.notes == ()

    def test_columns_count_from_the_first_one_that_holds_something(self) -> None:
        moved = [row.replace("B", "D").replace("A", "B") for row in (HEAD, ROW)]
        cell = '<c r="C2" s="1"><f>1/2</f><v>0.5</v></c>'
        parsed = read(excel([moved[0], moved[1].replace("</c>", "</c>" + cell, 1)]))
        assert parsed.rows["campaign_response_rate"].to_list() == [50]

    def test_a_text_in_a_cell_in_percent_stays_what_it_says(self) -> None:
        cell = '<c r="C2" s="1" t="inlineStr"><is><t>57</t></is></c>'
        assert read(excel([HEAD, ROW + cell])).rows["campaign_response_rate"].to_list() == [57]

    def test_open_document_too(self) -> None:
        cell = (
            '<table:table-cell office:value-type="percentage" office:value="0.81">'
            "<text:p>81 %</text:p></table:table-cell>"
        )
        head = ods_cells("organization_id", "date", "campaign_response_rate")
        parsed = read(ods({"T": [head, ods_cells("A", "2026-11-23") + cell]}))
        assert parsed.rows["campaign_response_rate"].to_list() == [81]
        assert "Cells of column C" in parsed.notes[0]


def far_away() -> bytes:
    cell = '<table:table-cell table:number-columns-repeated="16000"/>' + ods_cells("x")
    return ods({"T": [cell] * 400})


def repeated() -> bytes:
    row = '<table:table-row table:number-rows-repeated="1000000">' + ods_cells(*"abcdef")
    return ods({"T": [ods_cells("a") + "</table:table-row>" + row]})


@pytest.mark.parametrize("make", [far_away, repeated])
def test_a_sheet_of_open_document_that_would_fill_the_memory_is_refused(
    make: Callable[[], bytes],
) -> None:
    assert "too large for a workbook" in refusal(make())


def test_xml_in_an_encoding_that_nobody_knows_is_damaged() -> None:
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": '<?xml version="1.0" encoding="U1F-8"?><a/>',
    }
    assert "damaged" in refusal(archive(parts))


def test_a_document_that_defines_words_of_its_own_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "lol">]>'
    parts: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": bomb + "<a>&x;</a>",
    }
    assert "damaged" in refusal(archive(parts))
