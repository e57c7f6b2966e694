"""``repeat``: what keeps a state between calls gives something else at the second."""

from __future__ import annotations

from typing import Any, Callable, Tuple

from likewise import repeat
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding

FindOut = Callable[..., Finding]


def lstm(**settings: Any) -> Callable[[], Any]:
    # Keras 3 refuses to give the last step alone under TF1 behavior.
    return lambda: keras().layers.LSTM(2, return_sequences=True, **settings)


def with_dropout(rate: float) -> Any:
    def build() -> Any:
        dropout, dense = keras().layers.Dropout(rate, seed=3), keras().layers.Dense(50)
        return lambda video: dropout(dense(video), training=True)

    return build


def counting() -> Any:
    count = tensorflow().Variable(0.0, name="count", trainable=False)

    def call(video: Any) -> Any:
        tf = tensorflow()
        with tf.control_dependencies([tf.compat.v1.assign_add(count, 1.0)]):
            return video + tf.identity(count)

    return call


def test_the_same_twice(found: FindOut, modes: Tuple[str, ...]) -> None:
    for dimensions in ("static", "batch"):
        finding = found(repeat, lstm(), lstm(), modes=modes, dimensions=[dimensions])
        assert (finding.verdict, finding.message) == ("identical", "")
        assert finding.compared == 2 * 2 * 4 * 2 * len(modes)


def test_a_generator_shows(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        if mode == "session" and current().generation >= 3:
            # Nothing in a session runs the operation that advances Keras 3's seed.
            assert found(repeat, with_dropout(0.0), with_dropout(0.5), modes=[mode]).verdict == "identical"
            continue
        finding = found(repeat, with_dropout(0.0), with_dropout(0.5), modes=[mode])
        assert finding.verdict == "different"
        assert finding.message.startswith("the candidate does not give the same twice:\n")
        assert "the reference" not in finding.message
        assert " at the first call" in finding.message


def test_a_count_shows_in_both(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(repeat, counting, counting, modes=[mode])
        assert finding.verdict == "different"
        for who in ("reference", "candidate"):
            assert f"the {who} does not give the same twice:\n" in finding.message


def refusing() -> Any:
    raise ValueError("no such layer")


def test_nothing_to_repeat(found: FindOut) -> None:
    finding = found(repeat, lstm(), refusing)
    assert (finding.verdict, finding.message) == (None, "a side raised, so there is nothing to repeat")
