"""Trains the model that judges suggestions, on `benchmarks/sentences/`: `python -m benchmarks.suggestions_training`.

The rules were written on the seen part. So that the model does not believe them more than they deserve, what rules and
pieces say together is learnt on the unseen part, with scores of pieces from a model that had not seen the sentence.
`--check` writes nothing: it trains on four fifths of the unseen part, five times, and prints how well the fifths that were
left out are read.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.svm import LinearSVC

from benchmarks.suggestions import (
    SEEN,
    TAUGHT,
    UNSEEN,
    Count,
    Sentence,
    count_by_type,
    read_sentences,
    table_of,
)
from ml.words import VIOLATIONS
from service.suggestions import judged
from service.suggestions.grams import PLACES, counted
from service.suggestions.judged import Numbers, Stretch, Weights, told_of
from service.suggestions.lexicon import stretches, suggest
from service.suggestions.plain import plain
from service.suggestions.unreal import is_other_matter

WEIGHTS = Path(judged.__file__).with_name("weights.npz")
FOLDS = 5
Truth = NDArray[np.bool_]


def stretch_of(text: str) -> Stretch:
    """Return a sentence as one stretch, with what the rules say of it."""
    told = plain(text).text
    parts = [one for one, _, _ in stretches(told)]
    meant = frozenset[str]().union(*(one.meant for one in parts))
    matched = frozenset[str]().union(*(one.matched for one in parts))
    return Stretch(0, told, meant, matched, is_other_matter(told))


def pieces_of(read: Sequence[Stretch]) -> csr_matrix:
    """Return sentences by places: the logarithm of how often each piece stands in each."""
    counts = [counted(one.text) for one in read]
    rows = np.repeat(np.arange(len(read)), [len(one) for one in counts])
    values = 1 + np.log([count for one in counts for count in one.values()])
    return csr_matrix((values, (rows, [place for one in counts for place in one])), (len(read), PLACES))


def truth_of(sentences: Sequence[Sentence]) -> Truth:
    """Return sentences by violations, and a last column for those that name none."""
    named = [[name in one.violations for name in VIOLATIONS] + [not one.violations] for one in sentences]
    return np.array(named)


def learn_pieces(pieces: csr_matrix, truth: Truth) -> Weights:
    """Return weights of pieces, rounded as they are shipped; what is told together is not learnt yet."""
    weighed = TfidfTransformer().fit(pieces)
    models = [LinearSVC(C=1.0, random_state=0).fit(weighed.transform(pieces), column) for column in truth.T]
    exact = np.concatenate([one.coef_ for one in models])
    scale = np.abs(exact).max(axis=1) / 127
    rounded = np.rint(exact / scale[:, np.newaxis]) * scale[:, np.newaxis]
    bias = np.concatenate([one.intercept_ for one in models])
    idf = weighed.idf_.astype(np.float16).astype(np.float64)
    return Weights(VIOLATIONS, idf, rounded, bias, np.zeros(0), 0.0)


def learn_together(rows: Numbers, truth: NDArray[np.bool_], weights: Weights) -> Weights:
    """Return weights with those of what is told together, for rows as they are."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, max_iter=2000).fit((rows - mean) / spread, truth)
    told = model.coef_[0] / spread
    return weights._replace(told=told, intercept=float(model.intercept_[0] - mean @ told))


def left_out(read: Sequence[Stretch], truth: Truth, known: csr_matrix, known_truth: Truth) -> Numbers:
    """Return sentences by violations by what is told, with scores of pieces that were learnt without the sentence."""
    pieces = pieces_of(read)
    rows: dict[int, Numbers] = {}
    for kept, out in KFold(FOLDS, shuffle=True, random_state=1).split(truth):
        weights = learn_pieces(vstack([known, pieces[kept]]).tocsr(), np.vstack([known_truth, truth[kept]]))
        for one in out.tolist():
            rows[one] = told_of(read[one], judged.scores(read[one].text, weights), VIOLATIONS)
    return np.stack([rows[one] for one in range(len(read))])


def train(known: Sequence[Sentence], new: Sequence[Sentence]) -> Weights:
    """Return the weights that sentences teach: known ones, which the rules were written with, and new ones."""
    read = [stretch_of(one.text) for one in new]
    pieces, truth = pieces_of([stretch_of(one.text) for one in known]), truth_of(known)
    rows = left_out(read, truth_of(new), pieces, truth)
    both = vstack([pieces, pieces_of(read)]).tocsr()
    weights = learn_pieces(both, np.vstack([truth, truth_of(new)]))
    named = truth_of(new)[:, :-1].ravel()
    return learn_together(rows.reshape(-1, rows.shape[2]), named, weights)


def check(known: Sequence[Sentence], new: Sequence[Sentence]) -> dict[str, Count]:
    """Return how well each fifth of new sentences is read by the model that the others teach."""
    counts: dict[str, Count] = {}
    for kept, out in KFold(FOLDS, shuffle=True, random_state=3).split(list(new)):
        weights = train(known, [new[one] for one in kept])
        found = count_by_type(
            [new[one] for one in out],
            partial(_read_by, weights),
        )
        counts = {
            name: Count(*(sum(pair) for pair in zip(counts.get(name, Count()), one, strict=True)))
            for name, one in found.items()
        }
    return counts


def _read_by(weights: Weights, text: str) -> frozenset[str]:
    return frozenset(one.violation for one in suggest(text, weights))


def write(weights: Weights) -> None:
    """Write weights into the package: those of pieces as whole numbers of eight bits."""
    scale = np.abs(weights.pieces).max(axis=1) / 127
    np.savez_compressed(
        WEIGHTS,
        names=np.array(weights.names),
        idf=weights.idf.astype(np.float16),
        pieces=np.rint(weights.pieces / scale[:, np.newaxis]).astype(np.int8),
        scale=scale,
        bias=weights.bias,
        told=weights.told,
        intercept=np.array(weights.intercept),
    )


def main(arguments: Sequence[str]) -> int:
    """Train and write the model, or check it with --check."""
    seen, unseen = read_sentences(SEEN) + read_sentences(TAUGHT), read_sentences(UNSEEN)
    if "--check" in arguments:
        print(table_of(check(seen, unseen)))
    else:
        write(train(seen, unseen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
