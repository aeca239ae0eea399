"""Media types that call logs have as evidence: the one list of them."""

from typing import Final

from service.spreadsheets import LEGACY_SPREADSHEET, OPEN_SPREADSHEET, SPREADSHEET

CALL_LOG: Final = "text/csv"
XML: Final = "application/xml"
JSON: Final = "application/json"
#: A carrier's page with a table has the type of older spreadsheets, which open it; it is no page to a browser.
LOG_TYPES: Final = (CALL_LOG, LEGACY_SPREADSHEET, SPREADSHEET, OPEN_SPREADSHEET, XML, JSON)
