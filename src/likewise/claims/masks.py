"""The same masks: those that come with the outputs, and what a mask given with the inputs does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

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
    and masks once more where the inputs carry a drawn mask of batch and steps, as the output of a Masking layer would.
    That is given to inputs of three axes or more that are unnamed or begin with batch and steps, of two steps or more.

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
        if not findings:
            return Finding(self.name, None, message="neither side has a mask, and no input can carry one")
        return merged(findings)[self.name]


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
    known = tf.compat.v1.placeholder_with_default(tf.constant(mask), tensor.shape[:2])
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


#: The same masks.
masks = Masks()
