"""The seed's law as one writes it by hand with Hypothesis, against likewise: structures tried a second of CPU time.

    python benchmarks/by_hand.py [--rounds 8] [--examples 40] [--json FILE]

The rounds alternate in one process, and in a round both draw the same cases from the same strategy. Then likewise
goes through them once more while its stack is sampled, for the share of the time that is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Sequence, Set, Tuple

import hypothesis
import numpy as np
from sampling import Samples, sampled

from likewise.cell import current, keras, tensorflow
from likewise.examples import run_law
from likewise.laws import catalog
from likewise_strategies import ConvLSTMVideo, conv_lstm_videos, split

LAW = "time-distributed-conv-lstm2d"

#: Whose a module is. The law's two programs are what is tried, not likewise.
OWNERS = {
    "likewise.laws.": "TensorFlow and Keras",
    "likewise_strategies": "Hypothesis and the strategies",
    "hypothesis": "Hypothesis and the strategies",
    "likewise": "likewise",
    "tensorflow": "TensorFlow and Keras",
    "keras": "TensorFlow and Keras",
    "tf_keras": "TensorFlow and Keras",
}


def same_by_hand(case: ConvLSTMVideo) -> None:
    """The law for one case, eager, as a test without likewise has it."""
    tf, layers = tensorflow(), keras().layers
    random = np.random.RandomState(case.seed % 2**32)
    video = tf.constant(random.standard_normal(case.video.shape).astype("float32"))
    steps = case.video.shape[1]
    conv, lstm = layers.Conv2D(**case.conv.kwargs()), layers.ConvLSTM2D(**case.conv_lstm.kwargs())
    wrapped = layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()))
    lstm_too = layers.ConvLSTM2D(**case.conv_lstm.kwargs())

    def reference() -> Any:
        frames = tf.concat([video[:, step] for step in range(steps)], axis=0)
        return lstm(tf.stack(tf.split(conv(frames), steps), axis=1))

    def candidate() -> Any:
        return lstm_too(wrapped(video))

    reference(), candidate()  # the first calls make the variables
    for one, other in ((conv, wrapped), (lstm, lstm_too)):
        one.set_weights([0.3 * random.standard_normal(weight.shape) for weight in one.get_weights()])
        other.set_weights(one.get_weights())
    for mine, its in zip(tf.nest.flatten(reference()), tf.nest.flatten(candidate())):
        np.testing.assert_allclose(mine.numpy(), its.numpy(), rtol=1e-5, atol=1e-5)


def by_hand(examples: int, seed: int) -> int:
    """Try so many examples; return how many structures they were."""
    structures: Set[Any] = set()

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=examples, database=None, deadline=None)
    @hypothesis.given(case=conv_lstm_videos())
    def test(case: ConvLSTMVideo) -> None:
        structures.add(split(case)[0])
        same_by_hand(case)

    test()
    return len(structures)


def by_likewise(examples: int, seed: int) -> int:
    """The same with likewise; it tries more where the examples show no declared break, and counts those too."""
    run = run_law(catalog()[LAW], examples=examples, seed=seed, modes=["eager"])
    if not run.ok:
        raise AssertionError("; ".join(run.problems) + (f"\n{run.failure.comparison}" if run.failure else ""))
    return run.structures


SIDES = {"by hand": by_hand, "likewise": by_likewise}


def rates(rounds: int, examples: int) -> Dict[str, List[float]]:
    """Structures a second of CPU time, which minds other processes less; a number a round for each side."""
    found: Dict[str, List[float]] = {side: [] for side in SIDES}
    for number in range(rounds + 1):
        # Who comes second finds the caches warm, so they take turns; the round before the first is not counted.
        for side in list(SIDES)[:: 1 if number % 2 else -1]:
            started = time.process_time()
            structures = SIDES[side](examples, number)
            if number:
                found[side].append(structures / (time.process_time() - started))
    return found


def spread(numbers: Sequence[float]) -> Tuple[float, float, float]:
    """Median, least and greatest."""
    return statistics.median(numbers), min(numbers), max(numbers)


def shares(rounds: int, examples: int) -> Samples:
    """Whose code runs while likewise goes through the same rounds."""
    samples = Samples(OWNERS)
    with sampled(samples):
        for number in range(1, rounds + 1):
            by_likewise(examples, number)
    return samples


def main(arguments: Sequence[str]) -> None:
    # As tox has it: with more threads than one, convolutions of one batch size round otherwise than of another.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--examples", type=int, default=40, help="in a round, for each side")
    parser.add_argument("--lines", type=int, default=0, help="how many of likewise's most costly lines to print")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    cell = current()
    found = rates(options.rounds, options.examples)
    ratios = [mine / hand for mine, hand in zip(found["likewise"], found["by hand"])]
    samples = shares(options.rounds, options.examples)

    print(cell)
    print(f"{LAW}, eager; {options.rounds} rounds of {options.examples} examples; median (least to greatest)")
    for side, numbers in found.items():
        print("{:<32}{:8.2f} structures/CPU s ({:.2f} to {:.2f})".format(side, *spread(numbers)))
    print("{:<32}{:8.2f} ({:.2f} to {:.2f})".format("likewise / by hand, by rounds", *spread(ratios)))
    print(f"where likewise's time goes, {sum(samples.by_owner.values())} samples of the stack")
    for owner in [*dict.fromkeys(OWNERS.values()), "other"]:
        print(f"    {owner:<32}{samples.share(owner):8.1%}")
    own = [(line, count) for (owner, line), count in samples.by_line.most_common() if owner == "likewise"]
    for line, count in own[: options.lines]:
        print(f"        {count / sum(samples.by_owner.values()):6.2%}  {line}")
    if options.json:
        told = {
            "cell": cell.to_json(),
            "law": LAW,
            "rounds": options.rounds,
            "examples": options.examples,
            "structures_per_cpu_second": found,
            "ratios": ratios,
            "samples": dict(samples.by_owner),
        }
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
