"""The same masks: those that come with the outputs, and what a mask given with the inputs does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.comparison import Finding, merged
from likewise.inputs import Inputs
from likewise.judging import judged
from likewise.program import Call
from likewise.trial import Trial
from likewise_strategies import bits

__all__ = ["Masks", "masks"]


@dataclass(frozen=True)
class Masks:
    """Both sides pass the same masks on with their outputs, or none, and honour alike one that they are given.

    A Keras layer that computes a mask (Masking, Embedding(mask_zero=True), and whatever passes one
    on) hangs it on its outputs. Two things are compared: the masks on the outputs, where a side has any; and outputs
    and masks once more where the inputs carry masks of batch and steps, as the output of a Masking layer would: a drawn
    one, and another kind by the seed: without the first step, all true, all false, each step by itself, on one of
    several inputs alone, or of one step too few, which both sides have to refuse or neither.
    They are given to inputs of three axes or more that are unnamed or begin with batch and steps, of two steps or more.

    A plain function passes a mask on where it hands its inputs to a layer as they are, and gives the layer's
    outputs as they are; operations in between lose it, as they do in a model.
    """

    name: str = "masks"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there are no masks")
        findings = []
        if _any_mask(trial):
            findings.append(judged(self.name, trial, on_outputs, what="masks"))
        drawn = _drawn(trial.inputs, trial.seed)
        if any(each is not None for each in drawn):
            findings.append(judged(self.name, trial, Given(drawn), what="masked"))
            kind, other = _of_another_kind(drawn, trial.seed)
            findings.append(self._masked(trial, Given(other), kind))
        if not findings:
            return Finding(self.name, None, message="neither side has a mask, and no input can carry one")
        return merged(findings)[self.name]

    def _masked(self, trial: Trial, step: Given, kind: str) -> Finding:
        refusals = [each.refusal for each in trial.seen(step)]
        if kind == "a step too few" and all(refusals):
            return Finding(self.name, "identical", 1)
        finding = judged(self.name, trial, step, what="masked")
        return finding if finding.holds else replace(finding, message=f"given a mask of {kind}:\n{finding.message}")


#: The kinds of masks beside a drawn one that keeps the first step, the plainest first.
KINDS = ("no first step", "all true", "all false", "each step by itself", "one input alone", "a step too few")


def on_outputs(call: Call) -> Any:
    """The step that gives the mask of each output, None where it has none."""
    return nest.map_leaves(mask_of, call.outputs())


Drawn = Tuple[Tuple[bool, ...], ...]


@dataclass(frozen=True)
class Given:
    """The step that gives outputs and masks where the inputs carry these masks (None: none), of batch and steps."""

    masks: Tuple[Optional[Drawn], ...]

    def __call__(self, call: Call) -> Any:
        leaves = [
            leaf if mask is None else _carrying(mask, leaf)
            for (_, leaf), mask in zip(nest.flatten(call.inputs), self.masks)
        ]
        outputs = call.outputs_of(nest.pack(call.inputs, leaves))
        return {"outputs": outputs, "masks": nest.map_leaves(mask_of, outputs)}


def _carrying(mask: Drawn, tensor: Any) -> Any:
    """The tensor as another one, for other steps are given the same, with a mask hung on it as Keras does."""
    tf = tensorflow()
    carrying = tf.identity(tensor)
    # As much known of its shape as of the tensor's, which is what a Masking layer gives.
    steps = tensor.shape[1] if tensor.shape[1] in (None, len(mask[0])) else None  # unless it has too few
    known = tf.compat.v1.placeholder_with_default(tf.constant(mask), [tensor.shape[0], steps])
    carrying._keras_mask = known  # noqa: SLF001  Keras has no other way to be given one
    return carrying


def mask_of(tensor: Any) -> Any:
    """The mask that Keras hung on a tensor, in any generation; None where there is none."""
    return getattr(tensor, "_keras_mask", None)


def _any_mask(trial: Trial) -> bool:
    return any(leaf is not None for seen in trial.seen(on_outputs) for _, leaf in seen.leaves())


def _drawn(inputs: Inputs, seed: int) -> Tuple[Optional[Drawn], ...]:
    """A mask for each input that may carry one: each video loses some steps, but never the first."""
    found: List[Optional[Drawn]] = []
    for place, (array, letters) in enumerate(zip(inputs.arrays, inputs.axes)):
        if array.ndim < 3 or array.shape[1] < 2 or (letters and letters[:2] != "nd"):
            found.append(None)
            continue
        kept = bits.integers(seed, f"mask {place}", array.shape[:2], 2).astype(bool)
        kept[:, 0] = True
        if kept.all():
            kept[-1, -1] = False
        found.append(tuple(tuple(bool(each) for each in row) for row in kept))
    return tuple(found)


def _of_another_kind(drawn: Sequence[Optional[Drawn]], seed: int) -> Tuple[str, Tuple[Optional[Drawn], ...]]:
    """One of ``KINDS``, as the seed says, and such masks in the place of the drawn ones."""
    kind = KINDS[int(bits.integers(seed, "kind of mask", (), len(KINDS)))]
    several = sum(each is not None for each in drawn) > 1
    if kind == "one input alone" and not several:
        kind = "no first step"
    made = [None if each is None else _rows(np.array(each), kind) for each in drawn]
    if kind == "one input alone":
        masked = [place for place, each in enumerate(drawn) if each is not None]
        alone = masked[int(bits.integers(seed, "which input", (), len(masked)))]
        made = [each if place == alone else None for place, each in enumerate(drawn)]
    return kind, tuple(made)


def _rows(mask: np.ndarray, kind: str) -> Drawn:
    steps = np.arange(mask.shape[1])
    if kind == "no first step":
        mask = np.where(steps == 0, False, mask | (steps == steps[-1]))
    elif kind == "each step by itself":
        mask = steps == np.arange(len(mask))[:, None] % len(steps)
    elif kind in ("all true", "all false"):
        mask = np.full_like(mask, kind == "all true")
    elif kind == "a step too few":
        mask = mask[:, :-1]
    return tuple(tuple(bool(each) for each in row) for row in mask)


#: The same masks.
masks = Masks()
