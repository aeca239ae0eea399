"""Where opinions differ: properties that must hold on any crowd, and accuracy on crowds whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.people.accuracy import CrowdAccuracy, dawid_skene, measure_crowd
from ml.people.confusion import SLIP, SPLIT_MODELS, CrowdLabels, fit_model
from ml.people.reliability import MODELS, Opinion, index_labels, judge_labels, likeliest, weigh_opinions
from tests.places import DATA, csv_rows

CROWDS = DATA / "crowd"
SLACK = 0.005  # a few items are luck
few = settings(deadline=None, max_examples=15)
Row = tuple[str, str, str]


def draw_crowd(
    seed: int, *, classes: int = 2, items: int = 60, accuracy: tuple[float, ...] = (0.9, 0.8, 0.8, 0.7, 0.6)
) -> tuple[list[Row], dict[str, str]]:
    """Every worker labels every item, right with an accuracy of its own and else any other class alike."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, classes, items)
    rows = []
    for worker, right in enumerate(accuracy):
        wrong = (truth + draw.integers(1, classes, items)) % classes
        said = np.where(draw.random(items) < right, truth, wrong)
        rows += [(f"i{item:03}", f"w{worker:03}", str(label)) for item, label in enumerate(said)]
    return rows, {f"i{item:03}": str(label) for item, label in enumerate(truth)}


def posteriors_of(rows: list[Row]) -> dict[tuple[str, str], float]:
    items, _, classes, crowd = index_labels(rows)
    found = judge_labels(crowd).posteriors
    return {
        (item, name): found[at, place] for at, item in enumerate(items) for place, name in enumerate(classes)
    }


def reliabilities_of(rows: list[Row]) -> dict[str, float]:
    _, workers, _, crowd = index_labels(rows)
    return dict(zip(workers, judge_labels(crowd).reliabilities.tolist(), strict=True))


any_rows = st.lists(
    st.tuples(
        st.sampled_from([f"i{n}" for n in range(12)]),
        st.sampled_from([f"w{n}" for n in range(8)]),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=150,
)
seeds = st.integers(0, 10_000)
class_counts = st.sampled_from([2, 3, 5])


class TestAnyCrowd:
    @few
    @given(rows=any_rows)
    def test_posteriors_are_probabilities_and_so_are_reliabilities(self, rows: list[Row]) -> None:
        items, workers, classes, crowd = index_labels(rows)
        judged = judge_labels(crowd)
        assert judged.posteriors.shape == (len(items), len(classes))
        assert judged.posteriors.sum(axis=1) == pytest.approx(1.0)
        assert (judged.posteriors >= 0.0).all()
        assert judged.reliabilities.shape == (len(workers),)
        assert ((judged.reliabilities >= 0.0) & (judged.reliabilities <= 1.0 + 1e-12)).all()

    @few
    @given(rows=any_rows, data=st.data())
    def test_the_order_of_labels_changes_nothing(self, rows: list[Row], data: st.DataObject) -> None:
        assert posteriors_of(data.draw(st.permutations(rows))) == posteriors_of(rows)

    @few
    @given(rows=any_rows)
    def test_labels_given_twice_count_once(self, rows: list[Row]) -> None:
        assert posteriors_of(rows + rows) == posteriors_of(rows)

    def test_a_crowd_that_knows_one_class_gives_it(self) -> None:
        assert posteriors_of([("i", "w", "a"), ("j", "w", "a")]) == {("i", "a"): 1.0, ("j", "a"): 1.0}

    def test_a_tie_goes_to_the_class_that_sorts_first(self) -> None:
        assert likeliest(np.array([[0.5 - 1e-12, 0.5 + 1e-12], [0.4, 0.6]])).tolist() == [0, 1]


class TestNames:
    """Other names place other labels among the held-out ones, so that nearly equal models weigh otherwise."""

    @few
    @given(seed=seeds, classes=class_counts)
    def test_other_names_of_items_and_workers_decide_nothing(self, seed: int, classes: int) -> None:
        rows, _ = draw_crowd(seed, classes=classes)
        turned = [
            (f"x{999 - int(item[1:])}", f"y{999 - int(worker[1:])}", label) for item, worker, label in rows
        ]
        back = {
            (f"i{999 - int(item[1:]):03}", label): found
            for (item, label), found in posteriors_of(turned).items()
        }
        assert back == pytest.approx(posteriors_of(rows), abs=0.2)

    @few
    @given(seed=seeds, classes=class_counts)
    def test_other_names_of_classes_change_nothing(self, seed: int, classes: int) -> None:
        rows, _ = draw_crowd(seed, classes=classes)
        turned = [(item, worker, str(classes - 1 - int(label))) for item, worker, label in rows]
        back = {
            (item, str(classes - 1 - int(label))): p for (item, label), p in posteriors_of(turned).items()
        }
        assert back == pytest.approx(posteriors_of(rows), abs=1e-6)


class TestWorkers:
    @few
    @given(seed=seeds, classes=class_counts)
    def test_unanimous_items_keep_their_label(self, seed: int, classes: int) -> None:
        rows, _ = draw_crowd(seed, classes=classes)
        said: dict[str, set[str]] = {}
        for item, _, label in rows:
            said.setdefault(item, set()).add(label)
        found = posteriors_of(rows)
        assert all(found[item, min(labels)] > 0.5 for item, labels in said.items() if len(labels) == 1)

    @few
    @given(seed=seeds, classes=class_counts)
    def test_the_perfect_worker_is_found_and_the_adversary_too(self, seed: int, classes: int) -> None:
        rows, truth = draw_crowd(seed, classes=classes, accuracy=(1.0, 0.8, 0.8, 0.8, 0.7, 0.7, 0.05))
        reliable = reliabilities_of(rows)
        assert max(reliable, key=lambda worker: reliable[worker]) == "w000"
        assert min(reliable, key=lambda worker: reliable[worker]) == "w006"
        assert reliable["w000"] > 0.9
        assert reliable["w006"] < 0.3
        assert measure_crowd(rows, truth).accuracy >= 0.9

    @few
    @given(seed=seeds)
    def test_no_worker_outweighs_all_others(self, seed: int) -> None:
        """One who labels everything, against five others who agree with each other on every item."""
        rows, truth = draw_crowd(seed, items=100, accuracy=(0.3, 1.0, 1.0, 1.0, 1.0, 1.0))
        assert measure_crowd(rows, truth).accuracy == 1.0

    @few
    @given(rows=any_rows)
    def test_no_label_is_proof(self, rows: list[Row]) -> None:
        """A label moves no two causes of an item further apart than a slip allows: 1 + K (1 - SLIP) / SLIP."""
        *_, classes, crowd = index_labels(rows, classes="abc")
        for model in (*MODELS, *SPLIT_MODELS):
            rates = fit_model(crowd, model).rates
            assert rates.min() >= SLIP / len(classes) - 1e-15
            assert rates.max() <= 1.0 - SLIP + SLIP / len(classes) + 1e-15


class TestOpinions:
    def test_nothing_in_nothing_out(self) -> None:
        assert weigh_opinions([]) == ({}, {})

    def test_many_reliable_reporters_outweigh_a_contrarian(self) -> None:
        opinions = [
            Opinion(f"n{number}", f"r{reporter}", (number % 2 == 0) != (reporter == 5))
            for number in range(20)
            for reporter in range(6)
        ]
        weighed = weigh_opinions(opinions)
        for number, probability in weighed.abusive_probability.items():
            assert (probability > 0.9) == (int(number[1:]) % 2 == 0)
        assert weighed.reporter_reliability["r0"] > 0.9
        assert weighed.reporter_reliability["r5"] < 0.2

    def test_one_opinion_alone_has_two_sides_still(self) -> None:
        weighed = weigh_opinions([Opinion("n", "r", is_abusive=True)])
        assert 0.5 < weighed.abusive_probability["n"] < 1.0


def plain_dawid_skene(rows: list[Row]) -> dict[str, list[float]]:
    """The reference, as the paper has it, in loops: 30 iterations from the shares of votes."""
    items, workers, classes = (sorted({row[place] for row in rows}) for place in range(3))
    truth = {}
    for item in items:
        said = [label for row_item, _, label in rows if row_item == item]
        truth[item] = [said.count(name) / len(said) for name in classes]
    for _ in range(30):
        shares = [sum(truth[item][k] for item in items) / len(items) + 1e-10 for k in range(len(classes))]
        count = {
            (worker, k): dict.fromkeys(classes, 1e-10) for worker in workers for k in range(len(classes))
        }
        for item, worker, label in rows:
            for k in range(len(classes)):
                count[worker, k][label] += truth[item][k]
        likely = {item: list(shares) for item in items}
        for item, worker, label in rows:
            for k in range(len(classes)):
                likely[item][k] *= count[worker, k][label] / sum(count[worker, k].values())
        truth = {item: [value / sum(values) for value in values] for item, values in likely.items()}
    return truth


@pytest.mark.parametrize(("seed", "classes"), [(1, 2), (2, 3), (3, 4)])
def test_dawid_skene_is_that_of_the_paper(seed: int, classes: int) -> None:
    rows, _ = draw_crowd(seed, classes=classes, items=40)
    items, _, _, crowd = index_labels(rows)
    expected = plain_dawid_skene(rows)
    assert dawid_skene(crowd) == pytest.approx(np.array([expected[item] for item in items]), abs=1e-9)


class TestAccuracy:
    def test_ties_of_a_majority_count_by_their_chance(self) -> None:
        rows = [("i", "v", "a"), ("i", "w", "b"), ("j", "v", "a"), ("j", "w", "a")]
        assert measure_crowd(rows, {"i": "a", "j": "a"}).majority_vote == 0.75

    def test_a_truth_that_nobody_said_is_missed(self) -> None:
        rows = [("i", "v", "a"), ("j", "v", "b")]
        assert measure_crowd(rows, {"i": "z"}).majority_vote == 0.0

    def test_without_known_truth_nothing_is_measured(self) -> None:
        with pytest.raises(ValueError, match="no labelled item"):
            measure_crowd([("i", "v", "a")], {"j": "a"})

    def test_repeated_runs_give_the_same_bits(self) -> None:
        crowd = index_labels(draw_crowd(5)[0])[-1]
        first, second = judge_labels(crowd), judge_labels(crowd)
        assert first.posteriors.tobytes() == second.posteriors.tobytes()
        assert first.reliabilities.tobytes() == second.reliabilities.tobytes()

    @pytest.mark.parametrize("seed", range(6))
    def test_sparse_workers_of_many_classes_are_no_worse_than_by_vote(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        items, workers, classes = 600, 200, 6
        truth = draw.integers(0, classes, items)
        item = np.repeat(np.arange(items), 4)
        worker = draw.integers(0, workers, len(item))
        right = draw.random(len(item)) < draw.beta(4, 2, workers)[worker]
        label = np.where(right, truth[item], draw.integers(0, classes, len(item)))
        rows = [(str(i), str(w), str(k)) for i, w, k in zip(item, worker, label, strict=True)]
        assert_holds(measure_crowd(rows, {str(at): str(k) for at, k in enumerate(truth)}))

    @pytest.mark.parametrize("name", ["product", "rte", "bluebird", "fact_eval"])
    def test_real_crowds(self, name: str) -> None:
        if not (CROWDS / name).is_dir():
            pytest.skip(f"no crowd labels in {CROWDS.name}/{name} beside the repository")
        rows = [(row["item"], row["worker"], row["label"]) for row in csv_rows(CROWDS / name / "label.csv")]
        truth = {row["item"]: row["truth"] for row in csv_rows(CROWDS / name / "truth.csv")}
        assert_holds(measure_crowd(rows, truth))


def assert_holds(measured: CrowdAccuracy) -> None:
    assert measured.accuracy >= max(measured.majority_vote, measured.dawid_skene) - SLACK


def test_crowd_of_nothing_but_indices_can_be_judged_directly() -> None:
    crowd = CrowdLabels(
        item=np.array([0, 0, 1]),
        worker=np.array([0, 1, 1]),
        label=np.array([1, 1, 0]),
        items=3,
        workers=2,
        classes=2,
    )
    posteriors = judge_labels(crowd).posteriors
    assert posteriors[0, 1] > 0.5 > posteriors[1, 1]
    assert posteriors[2].sum() == pytest.approx(1.0)  # an item without labels has the classes' shares
