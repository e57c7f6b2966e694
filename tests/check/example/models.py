"""What a user might have: two ways of writing a network, and mistakes."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras, tensorflow

tf = tensorflow()
layers = keras().layers

not_callable = 3


def by_hand(t: int) -> Callable[[Any], Any]:
    conv = layers.Conv2D(2, 2)

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in range(t)], axis=0)
        return tf.stack(tf.split(conv(frames), t), axis=1)

    return call


def wrapped() -> Any:
    return layers.TimeDistributed(layers.Conv2D(2, 2))


def reversed_in_time() -> Callable[[Any], Any]:
    layer = wrapped()
    return lambda video: layer(video[:, ::-1])


def model() -> Any:
    return keras().Sequential([layers.Dense(4), layers.Dense(2)])


class Model(keras().Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = layers.Dense(4), layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


class Models:
    @staticmethod
    def backwards() -> Callable[[Any], Any]:
        """The same, its variables created in another order."""
        one, two = layers.Dense(3, name="one"), layers.Dense(3, name="two")

        def call(inputs: Any) -> Any:
            two(inputs)
            return two(one(inputs))

        return call


def forwards() -> Callable[[Any], Any]:
    first, second = layers.Dense(3, name="first"), layers.Dense(3, name="second")
    return lambda inputs: second(first(inputs))


def sum_of_two() -> Callable[[Any, Any], Any]:
    layer = layers.Dense(2)
    return lambda one, other: layer(one) + other


def sum_by_layer() -> Callable[[Any, Any], Any]:
    layer, add = layers.Dense(2), layers.Add()
    return lambda one, other: add([layer(one), other])


def nothing() -> None:
    pass


def of_the_inputs(video: Any) -> Any:
    return video


def refusing() -> Callable[[Any], Any]:
    raise RuntimeError("this one never works")


SHARED = layers.Dense(2)


def shared() -> Callable[[Any], Any]:
    """Ignores its case: a layer that was made before."""
    return lambda inputs: 1.0 * SHARED(inputs)


def growing() -> Callable[[Any], Any]:
    """Creates one more variable at each call."""
    made = [layers.Dense(2)]

    def call(inputs: Any) -> Any:
        made.append(layers.Dense(2))
        return sum(layer(inputs) for layer in made)

    return call
