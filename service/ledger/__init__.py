"""The ledger of hand-overs: every step of every export, in a log that cannot be altered unnoticed."""
