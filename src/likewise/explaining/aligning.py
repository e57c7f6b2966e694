"""Tensors of both sides found to be the same, by value and shape, in time-distributed form too.

A video (n, d, …) may be merged into the batch, video by video or step by step, and a layer may be called
frame by frame: a tensor is compared in each of these forms, axes of length one left out.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.explanation import Apart
from likewise.modes import Step
from likewise.trial import Trial
from likewise.verdict import distance, gaps, is_floating

__all__ = ["Aligned", "Match", "Spot", "alike"]

#: As many tensors of the other side, the nearest first, as are held against one.
NEAREST = 2


#: To so many bits two tensors have to agree to be told the same in float64, and in a lesser precision.
WIDE_BITS = 30
NARROW_BITS = 12


class Spot(NamedTuple):
    """Where a tensor stands in a side's values: in which part, of which call, at which place; several are stacked.

    The place of what an operation gives is its type and number.
    """

    part: str
    calls: Tuple[int, ...] = ()
    place: Any = 0
    axis: int = 0

    def of(self, values: Any) -> Optional[np.ndarray]:
        """The array; None where the values have none there."""
        if self.part == "operations":
            return values["operations"].get(self.place)  # type: ignore[no-any-return]
        if not self.calls:
            leaves = [leaf for _, leaf in nest.flatten(values[self.part])]
            return _at(leaves, self.place)
        calls = values["calls"]
        if max(self.calls) >= len(calls):
            return None
        found = [_at(calls[call][self.part], self.place) for call in self.calls]
        if len(found) == 1 or any(each is None for each in found):
            return found[0]
        if len({each.shape for each in found if each is not None}) > 1 or found[0].ndim < self.axis:  # type: ignore[union-attr]
            return None
        return np.stack(found, self.axis)  # type: ignore[arg-type]


def _at(arrays: Sequence[Any], place: int) -> Optional[np.ndarray]:
    return arrays[place] if place < len(arrays) else None


class Form(NamedTuple):
    """How the axes of a tensor are taken: the first is split up into ``split``, which then are put into ``order``."""

    split: Tuple[int, ...] = ()
    order: Tuple[int, ...] = ()

    def of(self, array: np.ndarray) -> np.ndarray:
        """The array in this form, without its axes of length one."""
        if self.split:
            array = array.reshape(self.split + array.shape[1:])
        if self.order:
            array = array.transpose(self.order + tuple(range(len(self.order), array.ndim)))
        return array.squeeze()


@dataclass(frozen=True)
class Match:
    """A tensor of the other side that is nearest to one, and what judging them came to."""

    spot: Spot
    verdict: Optional[str]
    apart: Optional[Apart]

    @property
    def agrees(self) -> bool:
        """Whether both are the same, rounding apart."""
        return self.verdict in ("identical", "rounding")


class Aligned:
    """Finds for a tensor of a side the one of the other that is nearest to it.

    - trial, step: whose values are aligned; the step is a ``Noting``.
    """

    def __init__(self, trial: Trial, step: Step) -> None:
        self.trial = trial
        self.step = step
        self.values: Tuple[Any, ...] = tuple(
            None if seen.outputs is None else seen.outputs.values for seen in trial.seen(step)
        )
        shapes = [leaf.shape for _, leaf in nest.flatten(trial.inputs.nested)]
        self.splits = list(
            dict.fromkeys(shape[:length] for shape in shapes for length in (2, 3) if len(shape) > length - 1)
        )
        self._arrays: Dict[Tuple[int, Spot], List[Tuple[Form, np.ndarray, str]]] = {}
        self._judged: Dict[Any, Match] = {}
        self._wide: Optional[Tuple[Any, ...]] = None
        self._narrow: Optional[bool] = None

    def forms(self, side: int, spot: Spot) -> List[Tuple[Form, np.ndarray, str]]:
        """Each form of a tensor, with the array and a digest of it; none where there is no such tensor."""
        key = (side, spot)
        if key not in self._arrays:
            array = spot.of(self.values[side])
            self._arrays[key] = (
                []
                if array is None
                else [
                    (form, form.of(array), _digest(form.of(array))) for form in _forms(np.asarray(array), self.splits)
                ]
            )
        return self._arrays[key]

    def same(self, side: int, one: Spot, other: Spot) -> bool:
        """Whether two tensors of one side have the same bits, in some form."""
        digests = {digest for _, _, digest in self.forms(side, one)}
        return any(digest in digests for _, _, digest in self.forms(side, other))

    def match(self, side: int, spot: Spot, pool: Sequence[Spot]) -> Optional[Match]:
        """What of ``pool``, tensors of the other side, agrees with a tensor of ``side``, or is nearest to it.

        None where nothing in the pool has its shape in any form.
        """
        mine = self.forms(side, spot)
        digests = {digest: form for form, _, digest in mine}
        near: List[Tuple[float, Spot, Form, Form]] = []
        for other in pool:
            for form, array, digest in self.forms(1 - side, other):
                if digest in digests:
                    return Match(other, "identical", Apart(0, 0.0))
                near.extend(
                    (_gap(own, array), other, own_form, form)
                    for own_form, own, _ in mine
                    if (own.shape, own.dtype) == (array.shape, array.dtype)
                )
        nearest = sorted(near, key=lambda each: each[0])[:NEAREST]
        found = [self._match(side, spot, *each[1:]) for each in nearest]
        return next((each for each in found if each.agrees), found[0] if found else None)

    def _match(self, side: int, spot: Spot, other: Spot, form: Form, other_form: Form) -> Match:
        picks = [(spot, form), (other, other_form)][:: 1 - 2 * side]
        key = tuple(picks)
        if key not in self._judged:
            one, its = (self._formed(pick, values) for pick, values in zip(picks, self.values))
            assert one is not None  # both have been compared already
            assert its is not None
            apart = distance(one, its)
            verdict = "rounding" if self._agree(picks, one, its) else "different"
            self._judged[key] = Match(other, verdict, Apart(apart.max_ulp, apart.max_abs))
        return self._judged[key]

    def _formed(self, pick: Tuple[Spot, Form], values: Any) -> Optional[np.ndarray]:
        array = None if values is None else pick[0].of(values)
        # Other values may give other shapes, which cannot be taken so.
        return None if array is None or not _splits(pick[1], array) else pick[1].of(array)

    def _agree(self, picks: Sequence[Tuple[Spot, Form]], one: np.ndarray, other: np.ndarray) -> bool:
        """Whether two tensors are the same but for rounding, as far as an explanation has to know that.

        In float64, where that tells the outputs apart: there are many tensors, and error bars take too long for each.
        """
        wide = [self._formed(pick, values) for pick, values in zip(picks, self.wide)]
        if wide[0] is None or wide[1] is None or wide[0].shape != wide[1].shape or wide[0].shape != one.shape:
            return alike(one, other, NARROW_BITS)
        return alike(wide[0], wide[1], WIDE_BITS) and (not self.narrow or alike(one, other, NARROW_BITS))

    @property
    def wide(self) -> Tuple[Any, ...]:
        """The values of both sides in float64; None each where they cannot run so."""
        if self._wide is None:
            seen = self.trial.precise(self.step)
            self._wide = (None, None) if seen is None else tuple(each.outputs and each.outputs.values for each in seen)
        return self._wide

    @property
    def narrow(self) -> bool:
        """Whether both sides agree in float64, so that their own precision alone tells them apart."""
        if self._narrow is None:
            self._narrow = self._agrees_in_float64()
        return self._narrow

    def _agrees_in_float64(self) -> bool:
        leaves = [[] if each is None else nest.flatten(each["outputs"]) for each in self.wide]
        return len(leaves[0]) == len(leaves[1]) and all(
            one is None or other is None or (one.shape == other.shape and alike(one, other, WIDE_BITS))
            for (_, one), (_, other) in zip(*leaves)
        )


def alike(one: np.ndarray, other: np.ndarray, bits: int) -> bool:
    """Whether the entries of two arrays are the same to so many bits: of themselves, or of a usual entry.

    (The greatest entry may be a mask's, beside which nothing counts.)
    """
    if one.dtype.kind not in "fc" and not is_floating(one.dtype):
        return bool((one == other).all())
    mine, its = (each if each.dtype.kind == "c" else each.astype(np.float64) for each in (one, other))
    with np.errstate(all="ignore"):
        sizes = np.maximum(np.abs(mine), np.abs(its))
        finite = sizes[np.isfinite(sizes)]
        usual = float(np.median(finite)) if finite.size else 0.0
        same = (mine == its) | (np.isnan(mine) & np.isnan(its))
        return bool((same | (np.abs(mine - its) <= 2.0**-bits * np.maximum(sizes, usual))).all())


def _splits(form: Form, array: np.ndarray) -> bool:
    if form.split:
        return array.ndim > 0 and array.shape[0] == int(np.prod(form.split))
    return array.ndim >= len(form.order)


def _forms(array: np.ndarray, splits: Sequence[Tuple[int, ...]]) -> Iterator[Form]:
    """The array as it is; its first two axes changed over; and its first axis split up, each part in each place."""
    yield Form()
    if array.ndim > 1 and min(array.shape[:2]) > 1:
        yield Form((), (1, 0))
    for split in splits:
        if array.ndim and array.shape[0] == int(np.prod(split)) and sum(size > 1 for size in split) > 1:
            for order in itertools.permutations(range(len(split))):
                yield Form(tuple(split[each] for each in order), tuple(int(each) for each in np.argsort(order)))


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    return float(gaps(one, other).max()) if one.size else 0.0


def _digest(array: np.ndarray) -> str:
    """The same for arrays of the same shape and dtype with the same bits, 0.0 and -0.0 being one."""
    plain = array + 0 if array.dtype.kind in "fc" else array
    content = plain.tobytes() if plain.dtype.kind != "O" else repr(plain.tolist()).encode("utf-8")
    return f"{array.shape} {array.dtype} {hashlib.sha256(content).hexdigest()}"
