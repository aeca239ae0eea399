"""The commands of `dunwatch`, by what they are about.

They import what they need when they run: a short command should not wait for what only the service needs, and
prometheus_client must not be imported before its directory is known.
"""
