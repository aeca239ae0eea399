"""Dated contacts: calls from telephones' logs and from reports, and the limits that they exceed."""
