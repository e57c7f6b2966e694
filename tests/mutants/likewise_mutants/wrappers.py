"""Reshaping by hand and TimeDistributed: mistakes of those who write the one for the other."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.laws.wrappers import by_hand_lstm, wrapped, wrapped_lstm
from likewise_mutants.mutant import Condition, above_one, changed, equal, planted, switched_on, unlike
from likewise_strategies import ConvLSTMVideo, ConvVideo

CONV, LSTM = "time-distributed-conv2d", "time-distributed-conv-lstm2d"

SEVERAL_STEPS = Condition("video.shape", "d > 1", lambda case: case.video.shape[1] > 1)


@planted(CONV, "outputs", condition=SEVERAL_STEPS)
def frames_in_reverse(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in reversed(range(steps))], axis=0)
        return tf.stack(tf.split(conv(frames), steps), axis=1)

    return call


@planted(CONV, "outputs")
def split_before_the_wrong_axis(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in range(steps)], axis=0)
        # As if the batch came first: (n * d, …) is taken for n rows of d frames.
        shape = conv(frames).shape[1:]
        return tf.reshape(conv(frames), [-1, steps] + [int(size) for size in shape])

    return call


@planted(CONV, "shapes", "outputs")
def stacked_before_the_batch(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]

    def call(video: Any) -> Any:
        frames = tf.concat([video[:, step] for step in range(steps)], axis=0)
        return tf.stack(tf.split(conv(frames), steps), axis=0)

    return call


@planted(CONV, "outputs", condition=SEVERAL_STEPS)
def one_frame_late(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]
    return lambda video: tf.stack([conv(video[:, max(step - 1, 0)]) for step in range(steps)], axis=1)


@planted(
    CONV,
    "outputs",
    condition=Condition("video.shape", "d >= 3", lambda case: case.video.shape[1] >= 3),
)
def third_frame_is_the_second(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv, steps = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs()), case.video.shape[1]
    frames = [1 if step == 2 else step for step in range(steps)]
    return lambda video: tf.stack([conv(video[:, step]) for step in frames], axis=1)


@planted(
    CONV,
    "refusal",
    "shapes",
    "outputs",
    condition=Condition("video.shape", "h != w", lambda case: case.video.shape[2] != case.video.shape[3]),
)
def rows_for_columns(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv = tensorflow(), keras().layers.Conv2D(**case.conv.kwargs())
    _, d, h, w, c = case.video.shape
    size = case.conv.output_size((h, w))

    def call(video: Any) -> Any:
        frames = conv(tf.reshape(video, [-1, w, h, c]))
        return tf.reshape(frames, [-1, d, *size, case.conv.filters])

    return call


@planted(CONV, "variables", layer="Conv2D", condition=switched_on("conv.use_bias"))
def bias_lost(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(changed(case, "conv.use_bias", False))


@planted(CONV, "outputs", layer="TimeDistributed", condition=switched_on("conv.use_bias"))
def bias_twice(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv = tensorflow(), keras().layers.Conv2D(**changed(case, "conv.activation", "linear").conv.kwargs())
    wrapper, activation = keras().layers.TimeDistributed(conv), keras().activations.get(case.conv.activation)

    def call(video: Any) -> Any:
        frames = wrapper(video)
        return activation(frames + tf.convert_to_tensor(conv.bias) if case.conv.use_bias else frames)

    return call


@planted(CONV, "outputs", layer="Conv2D", condition=unlike("conv.activation", "linear"))
def activation_lost(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(changed(case, "conv.activation", "linear"))


@planted(CONV, "outputs", layer="TimeDistributed", condition=unlike("conv.activation", "linear"))
def activation_twice(case: ConvVideo) -> Callable[[Any], Any]:
    conv, activation = wrapped(case), keras().activations.get(case.conv.activation)
    return lambda video: activation(conv(video))


@planted(
    CONV,
    "outputs",
    layer="Transposed",
    condition=Condition("conv.kernel_size", "both of kernel_size > 1", lambda case: min(case.conv.kernel_size) > 1),
)
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


@planted(CONV, "shapes", layer="Conv2D", condition=above_one("conv.strides"))
def stride_ignored(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(changed(case, "conv.strides", (1, 1)))


@planted(
    CONV,
    "shapes",
    "outputs",
    layer="Conv2D",
    condition=Condition("conv.strides", "strides differ", lambda case: len(set(case.conv.strides)) > 1),
)
def strides_swapped(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(changed(case, "conv.strides", case.conv.strides[::-1]))


@planted(CONV, "shapes", "outputs", layer="Conv2D", condition=above_one("conv.dilation_rate"))
def dilation_ignored(case: ConvVideo) -> Callable[[Any], Any]:
    return wrapped(changed(case, "conv.dilation_rate", (1, 1)))


@planted(CONV, "shapes", "refusal", layer="Conv2D", condition=above_one("conv.kernel_size"))
def other_padding(case: ConvVideo) -> Callable[[Any], Any]:
    other = {"same": "valid", "valid": "same"}[case.conv.padding]
    return wrapped(changed(case, "conv.padding", other))


@planted(CONV, "outputs", condition=equal("conv.padding", "same"))
def padded_at_the_end(case: ConvVideo) -> Callable[[Any], Any]:
    """Padding "same" by hand, all of it below and to the right, none above and to the left."""
    tf, (h, w) = tensorflow(), case.video.shape[2:4]
    if case.conv.padding == "valid":
        return wrapped(case)
    spans = [(kernel - 1) * rate + 1 for kernel, rate in zip(case.conv.kernel_size, case.conv.dilation_rate)]
    sizes = zip(case.conv.output_size((h, w)), case.conv.strides, spans, (h, w))
    after = [max((count - 1) * stride + span - size, 0) for count, stride, span, size in sizes]
    conv = wrapped(changed(case, "conv.padding", "valid"))
    return lambda video: conv(tf.pad(video, [(0, 0), (0, 0), (0, after[0]), (0, after[1]), (0, 0)]))


@planted(CONV, "variables")
def extra_untrained_variable(case: ConvVideo) -> Callable[[Any], Any]:
    tf, conv = tensorflow(), wrapped(case)
    offset = tf.Variable(0.0, trainable=False, name="offset")
    return lambda video: conv(video) + 0.0 * tf.cast(tf.convert_to_tensor(offset), video.dtype)


@planted(CONV, "variables")
def first_frame_not_shared(case: ConvVideo) -> Callable[[Any], Any]:
    tf, layers = tensorflow(), keras().layers
    shared, own = (layers.Conv2D(**case.conv.kwargs()) for _ in range(2))

    def call(video: Any) -> Any:
        frames = [own(video[:, 0])]
        frames.extend(shared(video[:, step]) for step in range(1, case.video.shape[1]))
        return tf.stack(frames, axis=1)

    return call


@planted(LSTM, "outputs", layer="ConvLSTM2D")
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


@planted(LSTM, "outputs", layer="ConvLSTM2D", condition=SEVERAL_STEPS)
def go_backwards_flipped(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    return by_hand_lstm(changed(case, "conv_lstm.go_backwards", not case.conv_lstm.go_backwards))


@planted(LSTM, "outputs")
def turned_around_again(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """The sequence of a layer that goes backwards is put into the order of the video, as Keras does not."""
    tf, network = tensorflow(), wrapped_lstm(case)
    config = case.conv_lstm

    def call(video: Any) -> Any:
        outputs = network(video)
        if not (config.go_backwards and config.return_sequences):
            return outputs
        if config.return_state:
            return [tf.reverse(outputs[0], axis=[1]), *outputs[1:]]
        return tf.reverse(outputs, axis=[1])

    return call


@planted(
    LSTM,
    "outputs",
    layer="ConvLSTM2D",
    condition=unlike("conv_lstm.recurrent_activation", "hard_sigmoid"),
)
def default_of_another_keras(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """The recurrent activation is that which Keras 2 takes where none is given."""
    return wrapped_lstm(changed(case, "conv_lstm.recurrent_activation", "hard_sigmoid"))


@planted(LSTM, "outputs", "shapes", layer="ConvLSTM2D", condition=switched_on("conv_lstm.return_state"))
def state_lost(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    return wrapped_lstm(changed(case, "conv_lstm.return_state", False))


@planted(LSTM, "outputs", "shapes", "refusal", layer="ConvLSTM2D", condition=switched_on("conv_lstm.return_sequences"))
def last_state_for_the_sequence(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    return wrapped_lstm(changed(case, "conv_lstm.return_sequences", False))


@planted(LSTM, "outputs", condition=switched_on("conv_lstm.return_state"))
def states_swapped(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """The states come as c, h where Keras has h, c."""
    network = wrapped_lstm(case)

    def call(video: Any) -> Any:
        outputs = network(video)
        return [outputs[0], outputs[2], outputs[1]] if case.conv_lstm.return_state else outputs

    return call
