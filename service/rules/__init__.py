"""The rule catalogue: channels, rules, violation types and routing as data that is checked before it is served."""
