"""``masks``: what is passed on with the outputs, and what a mask with the inputs does."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import pytest

from likewise import masks
from likewise.cell import keras, tensorflow
from likewise.claims.masks import KINDS, _of_another_kind
from likewise.comparison import Finding
from likewise_strategies import Tensor

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]

PADDED = np.where(np.arange(4)[:, None] < 3, np.linspace(0.1, 1, 24).reshape(2, 4, 3), 0).astype("float32")
WORDS = np.array([[1, 2, 0], [3, 0, 0]], "int32")


def masking() -> Any:
    return keras().layers.Masking()


def dense() -> Any:
    return keras().layers.Dense(2)


def lstm() -> Any:
    return keras().layers.LSTM(2, return_sequences=True)


def after(front: Callable[[], Any], *others: Callable[[], Any]) -> Implementation:
    def build() -> Any:
        return keras().Sequential([front(), *(other() for other in others)])

    return build


def embedding(**settings: Any) -> Implementation:
    return lambda: keras().layers.Embedding(5, 2, **settings)


def losing() -> Any:
    """A layer that gives its inputs, but no mask."""

    class Losing(keras().layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.supports_masking = True

        def call(self, inputs: Any) -> Any:
            return inputs + 0

        def compute_mask(self, *_: Any, **__: Any) -> Any:
            return None

    return Losing()


def by_hand() -> Any:
    layer = dense()
    return lambda video: layer(video) + 0


@pytest.mark.parametrize("same", [masking, after(masking, dense), after(masking, lstm), dense, lstm])
def test_the_same_masks(found: FindOut, modes: Tuple[str, ...], same: Implementation) -> None:
    for dimensions in ("static", "batch"):
        finding = found(masks, same, same, modes=modes, dimensions=[dimensions], inputs=PADDED)
        assert (finding.verdict, finding.message) == ("identical", "")


def test_a_mask_of_words(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        masked, bare = embedding(mask_zero=True), embedding()
        assert found(masks, masked, masked, modes=[mode], inputs=WORDS).compared == WORDS.size
        finding = found(masks, masked, bare, modes=[mode], inputs=WORDS)
        assert (finding.verdict, finding.message) == ("different", "masks are None, but * in the reference")


def test_a_mask_that_is_lost(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(masks, after(masking, dense), after(masking, dense, losing), modes=[mode], inputs=PADDED)
        assert finding.verdict == "different"
        assert "masks are None, but * in the reference" in finding.message


def test_another_mask(found: FindOut, modes: Tuple[str, ...]) -> None:
    def all_but_ones() -> Any:
        return keras().layers.Masking(mask_value=1.0)

    inputs = np.where(PADDED == 0, 1, PADDED).astype("float32")
    for mode in modes:
        finding = found(masks, masking, all_but_ones, modes=[mode], inputs=inputs)
        assert finding.verdict == "different"
        assert "2 of 8 entries of masks differ" in finding.message


@pytest.mark.parametrize("kind", KINDS)
def test_masks_of_every_kind_are_given(found: FindOut, modes: Tuple[str, ...], kind: str) -> None:
    """A layer that takes each kind as another does not is told; the same layer is the same."""
    seed = next(seed for seed in range(200) if _of_another_kind([((True, True),)] * 2, seed)[0] == kind)

    def summed(front: Any) -> Any:
        layers = front(), front()
        return lambda one, other: layers[0](one) + layers[1](other)

    both = (PADDED, PADDED + 1)
    for mode in modes:
        finding = found(masks, lambda: summed(lstm), lambda: summed(lstm), modes=[mode], inputs=both, seed=seed)
        assert finding.holds, finding


def test_what_each_kind_of_mask_is() -> None:
    drawn = [((True, False, True), (True, True, True)), None, ((True, True, False), (True, False, False))]
    made: Dict[str, List[List[Any]]] = {}
    for seed in range(200):
        kind, found = _of_another_kind(drawn, seed)
        made.setdefault(kind, []).append([None if each is None else np.array(each) for each in found])
    assert set(made) == set(KINDS)
    for kind, all_of in made.items():
        for first, none, last in all_of:
            assert none is None
            assert kind == "one input alone" or (first is not None and last is not None)
    assert not any(each[0][:, 0].any() for each in made["no first step"])
    assert all(each[0].any(axis=1).all() for each in made["no first step"])
    assert made["all true"][0][0].all()
    assert not made["all false"][0][0].any()
    assert made["each step by itself"][0][0].tolist() == [[True, False, False], [False, True, False]]
    assert {(each[0] is None, each[2] is None) for each in made["one input alone"]} == {(True, False), (False, True)}
    assert made["a step too few"][0][0].shape == (2, 2)


def test_a_first_step_that_is_masked_and_kept_all_the_same(found: FindOut, modes: Tuple[str, ...]) -> None:
    """Only a mask without the first step tells them apart."""

    class Kept(keras().layers.Layer):  # type: ignore[misc]
        supports_masking = True

        def call(self, inputs: Any, mask: Any = None) -> Any:
            if mask is None:
                return inputs
            steps = tensorflow().range(tensorflow().shape(mask)[1])
            kept = tensorflow().logical_or(mask, tensorflow().equal(steps, 0)[None])
            return inputs * tensorflow().cast(kept, inputs.dtype)[..., None]

    class All(Kept):
        def call(self, inputs: Any, mask: Any = None) -> Any:
            return inputs if mask is None else inputs * tensorflow().cast(mask, inputs.dtype)[..., None]

    seed = next(seed for seed in range(200) if _of_another_kind([((True, True),)], seed)[0] == "no first step")
    for mode in modes:
        finding = found(masks, Kept, All, modes=[mode], inputs=PADDED + 1, seed=seed)
        assert finding.verdict == "different"
        assert finding.message.startswith("given a mask of no first step:")


def test_a_mask_that_is_given_and_lost(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(masks, dense, by_hand, modes=[mode])
        assert finding.message == (
            "masked are {'masks': None, 'outputs': *}, but {'masks': *, 'outputs': *} in the reference"
        )
        assert found(masks, by_hand, by_hand, modes=[mode]).verdict == "identical"


def honouring() -> Any:
    """A layer that leaves masked steps out of its sum, and has no mask to pass on then."""

    class Honouring(keras().layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.supports_masking = True

        def call(self, inputs: Any, mask: Any = None) -> Any:
            tf = tensorflow()
            kept = inputs if mask is None else inputs * tf.cast(mask, inputs.dtype)[:, :, None]
            return tf.reduce_sum(kept, axis=1)

        def compute_mask(self, *_: Any, **__: Any) -> Any:
            return None

    return Honouring()


def test_a_mask_that_is_given_and_ignored(found: FindOut, modes: Tuple[str, ...]) -> None:
    def ignoring() -> Any:
        layer = honouring()
        return lambda video: layer(video + 0)

    for mode in modes:
        assert found(masks, honouring, honouring, modes=[mode]).verdict == "identical"
        finding = found(masks, honouring, ignoring, modes=[mode])
        assert finding.verdict == "different"
        assert "entries of masked['outputs'] differ" in finding.message


@pytest.mark.parametrize(
    "inputs", [np.ones((2, 3), "float32"), np.ones((2, 1, 3), "float32"), Tensor((2, 3, 3, 1), axes="nhwc")]
)
def test_no_mask_at_all(found: FindOut, inputs: Any) -> None:
    finding = found(masks, dense, dense, inputs=inputs)
    assert (finding.verdict, finding.message) == (None, "neither side has a mask, and no input can carry one")


def test_a_function_that_passes_on_what_a_layer_gave(found: FindOut, modes: Tuple[str, ...]) -> None:
    def function() -> Any:
        front, layer = masking(), lstm()
        return lambda video: layer(front(video))

    for mode in modes:
        finding = found(masks, after(masking, lstm), function, modes=[mode], inputs=PADDED)
        assert finding.verdict == "identical"


def test_a_refusal_of_masks_by_one_side(found: FindOut) -> None:
    def refusing() -> Any:
        class Refusing(keras().layers.Layer):  # type: ignore[misc]
            def call(self, inputs: Any, mask: Any = None) -> Any:
                # Entries for a shape of that size are there without a mask alone.
                return tensorflow().reshape(inputs, [2, 4, 3] if mask is None else [1000])

        return Refusing()

    finding = found(masks, masking, refusing, inputs=PADDED + 1)
    assert finding.verdict == "different"
