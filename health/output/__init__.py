"""What leaves the product: exports, spreadsheets, tables of pages, reviews."""

from __future__ import annotations
