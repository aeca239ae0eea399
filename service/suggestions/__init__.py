"""Suggests violation types from what somebody writes; nothing of it is stored."""
