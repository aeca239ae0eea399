"""Simulations: invented crowds and attacks, and how scoring does on them. Nothing in them is real.

- Crowds of reports, also used by `dunwatch demo`: `crowd`, `simulate`, `scenes`, `styles`, `narratives`, `messages`.
- The shipped model, trained on such a crowd: `examples`, `train`, `model_card`.
- Attacks on the crowd's gate, run by `dunwatch simulate`: `world`, `history`, `attack_grid`, `attacks` with `sieges`,
  `evasions` and `recall`, and `attack_figure`.
- Crowds with known truth that other methods are measured on: `campaign_accuracy`, `labelled_crowds`.
"""
