"""Learning from histories of reports: examples, training, calibration and evaluation.

`complaints` and `own_events` turn histories into examples, `fitting` and `compilation` turn examples into a model that
serves, `candidate` trains a model and compares it with the serving one, `card` describes it. `forecast` and `half_life`
evaluate forecasts of complaints and the speed at which evidence fades. Nothing here imports the simulation.
"""
