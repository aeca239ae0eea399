"""Hop 7: what agencies and filings came to comes back, row by row; appended, a label and credit from then on."""
