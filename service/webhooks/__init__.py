"""Webhooks: addresses at which reporters want to be reminded, and the signed messages to them (Standard Webhooks)."""
