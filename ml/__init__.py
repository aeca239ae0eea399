"""Scoring of telephone numbers: from reports to signals, probabilities, verdicts and reasons.

The modules of this package itself are what the service runs to score and explain numbers; they need nothing but the
standard library. They build on each other in this order: vocabularies (`words`), rows and signals (`signals`, with
`blocks`, `profiles` and `scripts`), the crowd's gate (`trust`, `decay`, `bursts`), the classifier (`classifier`), and
what explains a verdict or follows it up (`reasons`, `explanation`, `conditions`, `reviews`, `expiry`, `drift`).

Four subpackages, or wings, build on it:

- `ml.learning` trains and evaluates models on histories of reports,
- `ml.people` judges reporters: standing, clusters, reliability,
- `ml.campaigns` groups listed numbers that are probably used by the same caller,
- `ml.simulation` invents crowds and attacks, measures scoring on them and trains the shipped model.

Everything is pure: time and randomness are arguments, and `ml` imports nothing of `service`. `.importlinter` enforces
the order of the modules, and that `ml.learning` imports nothing of `ml.simulation`.
"""
