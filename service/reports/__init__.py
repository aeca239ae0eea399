"""Hop 1: takes reports in, stores each once, durable before it is acknowledged."""
