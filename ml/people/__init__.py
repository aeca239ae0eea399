"""The people who report, and how far to believe them.

`standing` is what a reporter has earned by earlier reports, `clusters` finds reporters who may not be independent,
`reliability` (with the models of `confusion`) judges contradicting opinions, and `accuracy` measures it on labelled
crowds.
"""
