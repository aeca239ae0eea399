"""Webhooks: where a reporter wants to be reminded, and signed messages sent there (Standard Webhooks)."""
