"""How small an error is told: planted in programs of four kinds, by likewise and by three common rules.

    python benchmarks/power.py [--examples 100] [--seed 0] [--mode function] [--json FILE]

An error multiplies by 1 + 2**k ULPs (of float32, for k from -2 to 20) one entry or all of an operation's result, a
weight, a constant, or an input's gradient. Each example has inputs and weights of its own, and for each rule the least
error is looked for, by halving, that the rule tells in it; what is told after 10 and 100 examples follows from that.
With ``--examples 1000`` the further ones are asked only for errors less than the least before. The rules beside
likewise are ``assert_allclose`` with rtol and atol of 1e-5, the same with 1e-3, and PyTorch's: the root mean square
error to float64 is no more than twice the reference's own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import hypothesis
import numpy as np
from hypothesis import Phase

from likewise.cell import current, keras, settle, tensorflow
from likewise.claims.gradients import differentiating, gradients
from likewise.comparing import DEFAULT_CLAIMS
from likewise.execution import Execution
from likewise.inputs import Inputs
from likewise.modes import the_call
from likewise.program import Source
from likewise.spec import SpecCase, cases, parsed
from likewise.trial import Trial, shared, tried

#: The sizes, as powers of two of an ULP.
SIZES = range(-2, 21)

#: After so many examples it is looked at.
EXAMPLES = (10, 100, 1000)

#: In so many the least error is looked for in each; beyond them only whether it is less than before.
EACH = 100

SITES = ("result", "weight", "constant", "gradient")
EXTENTS = ("one", "all")
OF_NUMBERS = ("outputs", "precision")
RULES = ("likewise", "allclose 1e-5", "allclose 1e-3", "twice the error")

#: Changes what stands at a site, if it is the planted one.
Plant = Callable[[str, Any], Any]


def well_conditioned(x: Any, weights: Sequence[Any], plant: Plant) -> Any:
    """Sums of positive numbers."""
    tf = tensorflow()
    hidden = plant("result", tf.nn.softplus(plant("gradient", x)))
    product = tf.matmul(hidden, tf.abs(plant("weight", weights[0])))
    return tf.sqrt(product + plant("constant", tf.constant([0.5, 0.75, 1.25], x.dtype)))


def recurrent(x: Any, weights: Sequence[Any], plant: Plant) -> Any:
    """Twenty steps of a recurrent layer, with the error in the first one."""
    tf = tensorflow()
    x, kernel, back = plant("gradient", x), plant("weight", weights[0]), weights[1]
    bias = plant("constant", tf.constant([0.1, -0.2, 0.3], x.dtype))
    hidden = plant("result", tf.tanh(tf.matmul(x[:, 0], kernel) + bias))
    for step in range(1, 20):
        hidden = tf.tanh(tf.matmul(x[:, step], kernel) + tf.matmul(hidden, back) + bias)
    return hidden


def cancelling(x: Any, weights: Sequence[Any], plant: Plant) -> Any:
    """Numbers near 100 whose mean is taken away, as a layer normalization does."""
    tf = tensorflow()
    far = plant("result", plant("gradient", x) * plant("weight", weights[0]) + 100.0)
    centred = far - tf.reduce_mean(far, -1, keepdims=True)
    size = tf.sqrt(tf.reduce_mean(tf.square(centred), -1, keepdims=True) + 1e-3)
    return centred / size * plant("constant", tf.constant([1.0, 0.5, 0.75, 1.5, 1.25], x.dtype))


def masked(x: Any, weights: Sequence[Any], plant: Plant) -> Any:
    """Scores of which some are masked with the least number, and the softmax over them."""
    tf = tensorflow()
    x = plant("gradient", x)
    scores = plant("result", tf.matmul(x, plant("weight", weights[0])))
    scores = scores * plant("constant", tf.constant([0.5, 0.25, 0.75], x.dtype))
    least = tf.fill(tf.shape(scores), tf.constant(tf.float32.min, scores.dtype))
    hidden = tf.where(tf.constant([[True, True, False]] * 4), scores, least)
    return tf.concat([hidden, tf.nn.softmax(hidden)], -1)


class Kind(NamedTuple):
    """A program, what it is fed with, and the shapes of its weights."""

    program: Callable[[Any, Sequence[Any], Plant], Any]
    spec: str
    weights: Sequence[Sequence[int]]


KINDS = {
    "well conditioned": Kind(well_conditioned, "float32[4 5]", [(5, 3)]),
    "long recurrent": Kind(recurrent, "float32[4 20 3]", [(3, 3), (3, 3)]),
    "cancelling": Kind(cancelling, "float32[4 5]", [(5,)]),
    "with masks": Kind(masked, "float32[4 5]", [(5, 3)]),
}


#: What is multiplied by, by number: nothing, and then each of the sizes, in ULPs of 1.
FACTORS = [0.0, *(2.0**size * float(np.finfo("float32").eps) for size in SIZES)]


@dataclass(frozen=True)
class Planted:
    """The two implementations of a kind: the candidate with an error at a site, whose size is fed beside by number."""

    kind: Kind
    site: str
    extent: str

    def reference(self) -> Callable[[Any, Any], Any]:
        return self._built(lambda _: lambda _site, value: value)

    def candidate(self) -> Callable[[Any, Any], Any]:
        return self._built(self._planting)

    def _built(self, planting: Callable[[Any], Plant]) -> Callable[[Any, Any], Any]:
        tf, dtype = tensorflow(), keras().backend.floatx()
        made = [
            tf.Variable(tf.zeros(shape, dtype), name=f"kernel_{place}") for place, shape in enumerate(self.kind.weights)
        ]
        return lambda x, number: self.kind.program(x, list(map(tf.convert_to_tensor, made)), planting(number))

    def _planting(self, number: Any) -> Plant:
        tf = tensorflow()

        def plant(site: str, value: Any) -> Any:
            if site != self.site:
                return value
            where = np.zeros([int(each) for each in value.shape])
            where.flat[0 if self.extent == "one" else slice(None)] = 1.0
            by = tf.gather(tf.constant(FACTORS, value.dtype), number) * tf.constant(where, value.dtype)
            # (for a gradient: the value is what it was, to the bit, and its slope is not)
            return value + by * (value - tf.stop_gradient(value) if site == "gradient" else value)

        return plant


@dataclass
class Example:
    """One case, in which a size is tried by each of the rules."""

    built: Trial
    case: SpecCase
    gradient: bool
    _tried: Dict[Tuple[str, int], bool] = field(default_factory=dict)
    _trials: Dict[int, Trial] = field(default_factory=dict)
    _exact: Any = None

    def tells(self, rule: str, number: int) -> bool:
        """Whether the rule tells the error of this number."""
        if (rule, number) not in self._tried:
            self._tried[rule, number] = self._tells(rule, number)
        return self._tried[rule, number]

    def least(self, rule: str, below: int = len(FACTORS)) -> Optional[int]:
        """The number of the least error that the rule tells; None where it tells none below the given number."""
        if below < len(FACTORS) and not self.tells(rule, below - 1):
            return None
        low, high = 1, below
        while low < high:
            middle = (low + high) // 2
            if self.tells(rule, middle):
                high = middle
            else:
                low = middle + 1
        return high if high < below else None

    def _tells(self, rule: str, number: int) -> bool:
        if number not in self._trials:
            inputs = Inputs((self.case.inputs.array(), np.array(number, "int32")), ("", ""))
            values = shared(self.built.pairing, self.case.seed)
            self._trials[number] = self.built.given(inputs=inputs, values=values)
        trial = self._trials[number]
        if rule == "likewise":
            claims = [gradients] if self.gradient else [each for each in DEFAULT_CLAIMS if each.name in OF_NUMBERS]
            return not all(claim.compare(trial).holds for claim in claims)
        one, other = (self._numbers(seen) for seen in trial.seen(self._step))
        if rule == "twice the error":
            if self._exact is None:  # the reference has no error in it, whatever the number
                self._exact = self._numbers(trial.precise(self._step)[0])
            return _error(other, self._exact) > 2 * _error(one, self._exact)
        within = float(rule.rpartition(" ")[2])
        return not np.allclose(other, one, rtol=within, atol=within, equal_nan=True)  # as assert_allclose has it

    @property
    def _step(self) -> Any:
        return differentiating if self.gradient else the_call

    def _numbers(self, seen: Any) -> Any:
        """The outputs, or the gradient by the input."""
        return seen.outputs.values["inputs"]["inputs[0]"] if self.gradient else seen.outputs.values


def _error(one: Any, exact: Any) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean(np.square(one.astype("float64") - exact))))


def drawn(spec: str, examples: int, seed: int) -> List[SpecCase]:
    """So many cases, as ``likewise check`` draws them."""
    found: List[SpecCase] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases([parsed(spec)]))
    def note(case: SpecCase) -> None:
        found.append(case)

    note()
    return found[:examples]


def measured(name: str, site: str, extent: str, options: argparse.Namespace) -> Dict[str, Any]:
    """What each rule tells of an error at this place: the least size an example, None for none, and false alarms."""
    planted = Planted(KINDS[name], site, extent)
    tried_in = drawn(planted.kind.spec, options.examples, options.seed)
    first = Inputs((tried_in[0].inputs.array(), np.array(0, "int32")), ("", ""))
    sources = Source("reference", planted.reference), Source("candidate", planted.candidate)
    found: Dict[str, List[Optional[int]]] = {rule: [] for rule in RULES}
    alarms, least_of_all = dict.fromkeys(RULES, 0), dict.fromkeys(RULES, len(FACTORS))
    with tried(*sources, first, Execution(options.mode)) as built:
        for place, case in enumerate(tried_in):
            example = Example(built, case, site == "gradient")
            for rule in RULES:
                number = None
                if place < EACH:
                    number = example.least(rule)
                    found[rule].append(None if number is None else SIZES[number - 1])
                    alarms[rule] += example.tells(rule, 0)
                elif least_of_all[rule] > 1:
                    number = example.least(rule, least_of_all[rule])
                least_of_all[rule] = min(least_of_all[rule], number or len(FACTORS))
    return {
        "kind": name,
        "site": site,
        "extent": extent,
        "least": found,
        "alarms": alarms,
        "examples": len(tried_in),
        "least_of_all": {
            rule: None if number == len(FACTORS) else SIZES[number - 1] for rule, number in least_of_all.items()
        },
    }


def share(measured: Dict[str, Any], rule: str, size: int, examples: int) -> float:
    """In what share of so many examples each an error of this size at a place is told by one at least."""
    least = measured["least"][rule]
    if examples > len(least):
        found = measured["least_of_all"][rule]
        return float(found is not None and found <= size)
    runs = [least[place : place + examples] for place in range(0, len(least) - examples + 1, examples)]
    return sum(any(each is not None and each <= size for each in run) for run in runs) / len(runs)


def _tell(found: Sequence[Dict[str, Any]]) -> None:
    print("the least error that is told in nine of ten places, in ULPs as a power of two, after so many examples")
    print(f"{'':<18}{'':<18}" + "".join(f"{examples:>8,}" for examples in EXAMPLES) + f"{'false alarms':>15}")
    for name in dict.fromkeys(each["kind"] for each in found):
        here = [each for each in found if each["kind"] == name]
        for rule in RULES:
            told = []
            for examples in EXAMPLES:
                shares = (
                    {size: [share(each, rule, size, examples) for each in here] for size in SIZES}
                    if examples <= here[0]["examples"]
                    else {}
                )
                enough = [size for size, each in shares.items() if sum(each) / len(each) >= 0.9]
                told.append(f"{min(enough):+d}" if enough else "-")
            alarms = sum(each["alarms"][rule] for each in here)
            of = sum(len(each["least"][rule]) for each in here)
            print(f"{name:<18}{rule:<18}" + "".join(f"{each:>8}" for each in told) + f"{alarms:>7,} of {of:,}")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=100, help="at each place, such as 1,000")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mode", default="function", choices=["eager", "function"])
    parser.add_argument("--numerics", choices=["native", "strict"], default="strict")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="may be repeated; default: all")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    settle(numerics=options.numerics)
    started, found = time.perf_counter(), []
    for name in options.kind or KINDS:
        for site in SITES:
            for extent in EXTENTS:
                found.append(measured(name, site, extent, options))
                sys.stderr.write(f"{name}, {site}, {extent}: {time.perf_counter() - started:.0f} s\n")
                if options.json:  # each time, so that what is there counts if it is stopped
                    document = {"cell": current().to_json(), "examples": options.examples, "mode": options.mode}
                    options.json.write_text(json.dumps({**document, "measured": found}) + "\n", encoding="utf-8")
    _tell(found)


if __name__ == "__main__":
    main(sys.argv[1:])
