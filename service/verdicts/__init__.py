"""Hop 3: publishes every changed verdict as the next revision of one ordered, gap-free feed."""
