"""Workbooks written part by part, as XML: what no library would write, and other programs do."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import xlsxwriter

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def archive(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return content.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[str]]], *, hidden: str = "") -> bytes:
    """An Excel workbook as a library writes it: rows of text by sheet, one of them hidden."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == hidden:
                sheet.hide()
    return content.getvalue()


def text(place: str, words: str) -> str:
    """A cell of an Excel sheet that holds text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def excel(rows: Sequence[str], *, percent: str = "0%") -> bytes:
    """An Excel workbook of one sheet, given as the cells of its rows; style 1 is ``percent``."""
    sheet = "".join(f'<row r="{line}">{cells}</row>' for line, cells in enumerate(rows, start=1))
    styles = f"""<styleSheet xmlns="{_MAIN}">
        <numFmts count="1"><numFmt numFmtId="170" formatCode="{percent}"/></numFmts>
        <cellStyleXfs><xf numFmtId="0"/></cellStyleXfs>
        <cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>"""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return archive(
        {
            "[Content_Types].xml": f"""<Types xmlns="{_PACKAGE}/content-types">
                <Default Extension="xml" ContentType="application/xml"/>
                <Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>
                <Override PartName="/xl/worksheets/a.xml" ContentType="{kind}.worksheet+xml"/>
                </Types>""",
            "_rels/.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
                <Relationship Id="r1" Type="{_RELATIONS}/officeDocument"
                Target="xl/workbook.xml"/></Relationships>""",
            "xl/workbook.xml": f"""<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">
                <sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>""",
            "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{_PACKAGE}/relationships">
                <Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/a.xml"/>
                <Relationship Id="r2" Type="{_RELATIONS}/styles" Target="styles.xml"/>
                </Relationships>""",
            "xl/styles.xml": styles,
            "xl/worksheets/a.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData>'
            "</worksheet>",
        }
    )


def ods(tables: dict[str, Sequence[str]]) -> bytes:
    """A workbook of OpenDocument; each table as the cells of its rows."""
    body = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{cells}</table:table-row>" for cells in rows)
        + "</table:table>"
        for name, rows in tables.items()
    )
    names = " ".join(f'xmlns:{each}="{_OFFICE}:{each}:1.0"' for each in ("office", "table", "text"))
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return archive(
        {
            "mimetype": kind,
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}'
            f"><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
            "</office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{manifest}"/>',
        }
    )


def ods_cells(*words: str) -> str:
    """Cells of OpenDocument that hold text."""
    return "".join(
        f'<table:table-cell office:value-type="string"><text:p>{each}</text:p></table:table-cell>'
        for each in words
    )
