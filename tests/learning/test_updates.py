"""What a call in training mode leaves behind: the same for the same network; lost and other updates are found."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np

from likewise import outputs, updates
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[..., Any]


def normalization(**settings: Any) -> Implementation:
    return lambda: keras().layers.BatchNormalization(**settings)


def nested(momentum: float, *, frozen: bool = False) -> Implementation:
    """A normalization in a model in a function."""

    def build() -> Any:
        layers = keras().layers
        norm = layers.BatchNormalization(momentum=momentum)
        norm.trainable = not frozen
        model = keras().Sequential([layers.Dense(2), norm])
        return lambda video: {"twice": model(video) * 2}

    return build


def test_a_network_is_updated_as_it_is(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        for dimensions in ("static", "unknown"):
            finding = found(updates, nested(0.9), nested(0.9), mode, dimensions=[dimensions])
            assert (finding.verdict, finding.message) == ("identical", "")
            assert finding.compared == 16 + 4 * 2 + 6 + 2


def test_moving_averages_move(found: FindOut, modes: Tuple[str, ...]) -> None:
    # Each of these differs in nothing but what training mode does.
    for mode in modes:
        finding = found(updates, nested(0.9), nested(0.9, frozen=True), mode)
        assert finding.verdict == "different", mode
        assert "batch_normalization/moving_mean:0'] differ" in finding.message
        finding = found(updates, nested(0.9), nested(0.5), mode)
        assert finding.verdict == "different", mode
        assert "outputs" not in finding.message


def test_a_momentum_that_is_hardly_another(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(updates, normalization(momentum=0.99), normalization(momentum=0.990001), mode)
        assert (finding.verdict, finding.way) == ("different", "error bars")
        assert finding.max_abs is not None
        assert finding.max_abs < 1e-5


def test_a_lost_update(found: FindOut, modes: Tuple[str, ...]) -> None:
    def counting(update: bool) -> Implementation:
        def build() -> Any:
            floatx = keras().backend.floatx()
            total = tensorflow().Variable([0.0, 0.0, 0.0], name="total", trainable=False, dtype=floatx)

            def call(video: Any) -> Any:
                if update:
                    total.assign_add(tensorflow().reduce_sum(video, axis=[0, 1]))
                return video

            return call

        return build

    for mode in modes:
        assert found(updates, counting(True), counting(True), mode).verdict == "identical"
        finding = found(updates, counting(True), counting(False), mode)
        assert finding.verdict == "different", mode
        assert "of updates['total:0'] differ" in finding.message


def test_the_state_of_a_recurrent_layer(found: FindOut, modes: Tuple[str, ...]) -> None:
    def keeping(steps: int) -> Implementation:
        """The outputs are those of the first two steps, the state is that after so many."""

        def build() -> Any:
            recurrent = keras().layers.SimpleRNN(2, stateful=True, return_sequences=True)
            return lambda video: recurrent(video[:, :steps])[:, :2]

        return build

    for mode in modes:
        finding = found(updates, keeping(4), keeping(4), mode)
        assert finding.verdict == "identical", finding.message
        assert finding.compared == 8 + 6 + 4 + 2 + 4
        finding = found(updates, keeping(4), keeping(3), mode)
        assert finding.verdict == "different", mode
        assert "outputs" not in finding.message


def test_a_function_that_asks_for_training(found: FindOut, modes: Tuple[str, ...]) -> None:
    def asking(factor: float) -> Implementation:
        return lambda: lambda video, training=False: video * (factor if training else 1.0)

    for mode in modes:
        assert found(updates, asking(3), asking(3), mode).verdict == "identical"
        assert found(updates, asking(3), asking(1), mode).verdict == "different"


def dropped(rate: float, *, before: Implementation = lambda video: video, seed: Any = None) -> Implementation:
    def build() -> Any:
        layers = keras().layers
        dropout, dense, norm = layers.Dropout(rate, seed=seed), layers.Dense(3), layers.BatchNormalization()
        return lambda video: (dropout(before(dense(video))), norm(video))

    return build


def test_random_numbers_are_no_difference(found: FindOut, modes: Tuple[str, ...]) -> None:
    def turned(video: Any) -> Any:
        return tensorflow().transpose(tensorflow().transpose(video, [0, 2, 1]), [0, 2, 1])

    for mode in modes:
        finding = found(updates, dropped(0.5), dropped(0.5, before=turned), mode)
        assert finding.holds, finding.message
        # The outputs behind the normalization, and the variables, are compared in any case.
        assert finding.compared >= 24 + 9 + 3 + 4 * 3
    if current().generation >= 3:  # both draw from states that are paired
        assert found(updates, dropped(0.5), dropped(0.5), modes[0]).compared == 24 + 24 + 9 + 3 + 4 * 3


def test_what_each_side_draws_for_itself_is_not_compared(found: FindOut, modes: Tuple[str, ...]) -> None:
    def drawing(seed: int) -> Implementation:
        def build() -> Any:
            tf = tensorflow()
            return lambda video, training=False: video + (tf.random.uniform([3], seed=seed) if training else 0.0)

        return build

    for mode in modes:
        finding = found(updates, drawing(1), drawing(2), mode)
        assert (finding.verdict, finding.compared) == (None, 0)
        assert finding.message == (
            "1 of 1 updates depend on random numbers, which each side draws for itself, so they are not compared"
        )


def test_a_lost_dropout(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(updates, dropped(0.5), dropped(0.0), mode)
        assert finding.verdict == "different", mode
        assert finding.message == "random numbers are drawn on one side only for updates['outputs'][0]"


def test_a_momentum_is_found_beside_random_numbers(found: FindOut, modes: Tuple[str, ...]) -> None:
    def build(momentum: float) -> Implementation:
        def built() -> Any:
            norm, dropout = keras().layers.BatchNormalization(momentum=momentum), keras().layers.Dropout(0.5)
            return lambda video: dropout(norm(video))

        return built

    for mode in modes:
        finding = found(updates, build(0.9), build(0.5), mode)
        assert finding.verdict == "different", mode
        assert "of updates['batch_normalization/moving_mean:0'] differ" in finding.message


def test_inference_is_left_alone(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        for claims in ((updates, outputs), (outputs, updates)):
            for claim in claims:
                assert found(claim, nested(0.9), nested(0.9), mode).verdict == "identical"


def test_whole_numbers_too(found: FindOut, modes: Tuple[str, ...]) -> None:
    whole = np.arange(6, dtype="int32").reshape(2, 3)
    for mode in modes:
        finding = found(updates, lambda: lambda x: x + 1, lambda: lambda x: x + 2, mode, inputs=whole)
        assert finding.verdict == "different", mode
