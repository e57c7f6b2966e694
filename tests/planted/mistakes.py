"""Mistakes that people make when they rewrite the seed's program, each planted on purpose.

A mistake is a candidate that looks like the wrapped program and is another network.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.laws.wrappers import by_hand_lstm, wrapped
from likewise_strategies import ConvLSTMVideo, ConvVideo


def frames_in_reverse(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in reversed(range(steps))], axis=0)
        return tf.stack(tf.split(conv(frames), steps), axis=1)

    return call


def split_before_the_wrong_axis(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in range(steps)], axis=0)
        # As if the batch came first: (n * d, …) is taken for n rows of d frames.
        shape = conv(frames).shape[1:]
        return tf.reshape(conv(frames), [-1, steps] + [int(size) for size in shape])

    return call


def bias_lost(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(replace(case, conv=replace(case.conv, use_bias=False)))


def kernel_transposed(case: ConvVideo) -> Callable[[Any], Any]:
    tf, layers = tensorflow(), keras().layers

    class Transposed(layers.Conv2D):  # type: ignore[misc,name-defined]
        def call(self, inputs: Any) -> Any:
            kernel = tf.transpose(tf.convert_to_tensor(self.kernel), [1, 0, 2, 3])
            config = case.conv
            outputs = tf.nn.convolution(
                inputs,
                tf.reshape(kernel, self.kernel.shape),
                strides=config.strides,
                padding=config.padding.upper(),
                dilations=config.dilation_rate,
            )
            if config.use_bias:
                outputs = tf.nn.bias_add(outputs, tf.convert_to_tensor(self.bias))
            return self.activation(outputs)

    return layers.TimeDistributed(Transposed(**case.conv.kwargs()))  # type: ignore[no-any-return]


def stride_ignored(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(replace(case, conv=replace(case.conv, strides=(1, 1))))


def other_padding(case: ConvVideo) -> Callable[[Any], Any]:
    other = {"same": "valid", "valid": "same"}[case.conv.padding]
    return wrapped(replace(case, conv=replace(case.conv, padding=other)))


def extra_untrained_variable(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv = tensorflow(), wrapped(case)
    offset = tf.Variable(0.0, trainable=False, name="offset")
    return lambda video: conv(video) + 0.0 * tf.cast(tf.convert_to_tensor(offset), video.dtype)


def first_frame_not_shared(case: ConvVideo) -> Callable[[Any], Any]:
    tf, layers = tensorflow(), keras().layers
    shared, own = (layers.Conv2D(**case.conv.kwargs()) for _ in range(2))

    def call(video: Any) -> Any:
        frames = [own(video[:, 0])]
        frames.extend(shared(video[:, step]) for step in range(1, case.video.shape[1]))
        return tf.stack(frames, axis=1)

    return call


def gates_swapped(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """Input and forget gate change places in the kernel, as a wrong port has it."""
    tf, layers = tensorflow(), keras().layers
    conv = layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()))
    lstm = layers.ConvLSTM2D(**case.conv_lstm.kwargs())
    cell = lstm.cell
    right = cell.call

    def call(inputs: Any, states: Any, training: Any = None) -> Any:
        kernel = cell.kernel
        of_input, of_forget, of_cell, of_output = tf.split(tf.convert_to_tensor(kernel), 4, axis=-1)
        cell.kernel = tf.concat([of_forget, of_input, of_cell, of_output], axis=-1)
        try:
            return right(inputs, states, training=training)
        finally:
            cell.kernel = kernel

    cell.call = call
    return lambda video: lstm(conv(video))


def go_backwards_flipped(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    config = replace(case.conv_lstm, go_backwards=not case.conv_lstm.go_backwards)
    return by_hand_lstm(replace(case, conv_lstm=config))
