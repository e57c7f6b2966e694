"""Laws of ``TimeDistributed``: the sentences of the post that the project began with.

Source numbers are those of the post's claims: 1 the same as reshaping by hand, 2 ``input_shape``,
3 only layers are wrapped, 4 the default rename, 5 ``name=``, 6 on to ConvLSTM2D.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Tuple

import numpy as np
from hypothesis import strategies as st

from likewise.cell import keras, tensorflow
from likewise.claims.bits import bits
from likewise.claims.checkpoint import checkpoint
from likewise.claims.config import config
from likewise.claims.gradients import gradients
from likewise.claims.masks import masks
from likewise.claims.names import names
from likewise.claims.outputs import outputs
from likewise.claims.refusal import both_refuse, refusal
from likewise.claims.saving import saving
from likewise.claims.shapes import shapes
from likewise.claims.updates import updates
from likewise.claims.variables import variables
from likewise.law import Break, Law
from likewise_strategies import (
    ConvConfig,
    ConvLSTMVideo,
    ConvVideo,
    Tensor,
    conv_configs,
    conv_lstm_videos,
    conv_videos,
    data,
    tensors,
    video_shapes,
)

__all__ = ["LAWS", "by_hand", "frame_by_frame", "wrapped"]

#: A graph may know the steps or not; the laws of unknown steps have the rest.
KNOWN_STEPS = ("static", "batch")
UNKNOWN_STEPS = ("steps", "unknown")

SAME = (refusal, variables, shapes, outputs)
LEARNING = (*SAME, gradients, updates)

#: Their vectorised kernels and the scalar remainders of these round differently.
TRANSCENDENTAL = ("elu", "selu", "sigmoid", "softplus", "tanh")


def frame_by_frame(layer: Callable[[Any], Any], video: Any, steps: int) -> Any:
    """The frames of a video (n, d, …) concatenated along the batch, through a layer, and back."""
    tf = tensorflow()
    frames = tf.concat([video[:, step, ...] for step in range(steps)], axis=0)
    return tf.stack(tf.split(layer(frames), num_or_size_splits=steps, axis=0), axis=1)


def by_hand(case: ConvVideo) -> Callable[[Any], Any]:
    """Concat, Conv2D, split, stack."""
    conv = keras().layers.Conv2D(**case.conv.kwargs())
    return lambda video: frame_by_frame(conv, video, case.video.shape[1])


def wrapped(case: ConvVideo) -> Callable[[Any], Any]:
    """TimeDistributed(Conv2D)."""
    layers = keras().layers
    return layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()))  # type: ignore[no-any-return]


def wrapped_and_named(case: ConvVideo) -> Callable[[Any], Any]:
    """TimeDistributed(Conv2D) with the name that the bare Conv2D has by default."""
    layers = keras().layers
    conv = layers.Conv2D(**case.conv.kwargs())
    return layers.TimeDistributed(conv, name="conv2d")  # type: ignore[no-any-return]


def by_hand_lstm(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """Concat, Conv2D, split, stack, ConvLSTM2D."""
    conv = keras().layers.Conv2D(**case.conv.kwargs())
    lstm = keras().layers.ConvLSTM2D(**case.conv_lstm.kwargs())
    return lambda video: lstm(frame_by_frame(conv, video, case.video.shape[1]))


def wrapped_lstm(case: ConvLSTMVideo) -> Callable[[Any], Any]:
    """TimeDistributed(Conv2D), ConvLSTM2D."""
    layers = keras().layers
    conv = layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()))
    lstm = layers.ConvLSTM2D(**case.conv_lstm.kwargs())
    return lambda video: lstm(conv(video))


def _model(layer: Any, call: Callable[[Any], Any]) -> Any:
    """A Keras model of one layer, so that it has ``save_weights``."""

    class Network(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def call(self, inputs: Any) -> Any:
            return call(inputs)

    return Network()


def by_hand_model(case: ConvVideo) -> Any:
    conv = keras().layers.Conv2D(**case.conv.kwargs())
    return _model(conv, lambda video: frame_by_frame(conv, video, case.video.shape[1]))


def named_model(case: ConvVideo) -> Any:
    conv = wrapped_and_named(case)
    return _model(conv, conv)


@dataclass(frozen=True)
class TwoBatches:
    """Two videos that differ in nothing but their batch size, and a convolution that fits them."""

    video: Tensor
    other: Tensor
    conv: ConvConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tuple[Tensor, Tensor]:
        return self.video, self.other


@st.composite
def two_batches(draw: Any) -> TwoBatches:
    """Return a strategy for TwoBatches."""
    case = draw(conv_videos())
    shape = (draw(st.integers(1, 4)), *case.video.shape[1:])
    other = draw(tensors(shape, axes=case.video.axes))
    return TwoBatches(case.video, other, case.conv, case.seed)


def by_hand_twice(case: TwoBatches) -> Callable[[Any, Any], Any]:
    conv = keras().layers.Conv2D(**case.conv.kwargs())
    steps = case.video.shape[1]
    return lambda video, other: (
        frame_by_frame(conv, video, steps),
        frame_by_frame(conv, other, steps),
    )


def input_shape_twice(case: TwoBatches) -> Callable[[Any, Any], Any]:
    """A model that was told (d, h, w, c) for ``input_shape``, called with two batch sizes."""
    layers = keras().layers
    conv = layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()), input_shape=case.video.shape[1:])
    model = keras().Sequential([conv])
    return lambda video, other: (model(video), model(other))


@dataclass(frozen=True)
class WrongRank:
    """A video without its batch, or a frame of it."""

    video: Tensor
    input_shape: Tuple[int, ...]
    conv: ConvConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        return self.video


@st.composite
def wrong_ranks(draw: Any) -> WrongRank:
    """Return a strategy for WrongRank."""
    case = draw(conv_videos())
    missing = draw(st.integers(1, 2))
    video = draw(tensors(case.video.shape[missing:]))
    return WrongRank(video, case.video.shape[1:], case.conv, case.seed)


def by_hand_wrong_rank(case: WrongRank) -> Callable[[Any], Any]:
    conv = keras().layers.Conv2D(**case.conv.kwargs())
    return lambda video: frame_by_frame(conv, video, case.video.shape[1])


def wrapped_wrong_rank(case: WrongRank) -> Callable[[Any], Any]:
    # Not in a model: those of Keras 2 add a missing last axis of length one by themselves.
    layers = keras().layers
    conv = layers.Conv2D(**case.conv.kwargs())
    return layers.TimeDistributed(conv, input_shape=case.input_shape)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class WrappedFunction:
    """A video and the kind of thing, no layer, that somebody wraps."""

    video: Tensor
    kind: str
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        return self.video


def wrapped_functions() -> st.SearchStrategy[WrappedFunction]:
    """Return a strategy for WrappedFunction."""
    kinds = st.sampled_from(["lambda", "function", "operation"])
    return st.builds(lambda case, kind: WrappedFunction(case.video, kind, case.seed), conv_videos(), kinds)


def not_a_layer(case: WrappedFunction) -> Callable[[Any], Any]:
    raise TypeError(f"a {case.kind} is not a layer")


def wrapped_function(case: WrappedFunction) -> Callable[[Any], Any]:
    functions = {
        "lambda": lambda frame: frame,
        "function": frame_by_frame,
        "operation": tensorflow().identity,
    }
    return keras().layers.TimeDistributed(functions[case.kind])  # type: ignore[no-any-return]


def wrapped_in_sequence(case: ConvVideo) -> Callable[[Any], Any]:
    """TimeDistributed(Conv2D) in a Sequential model, which takes layers and nothing else."""
    layers = keras().layers
    conv = layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs()))
    if not isinstance(conv, layers.Layer):
        raise TypeError(f"{conv!r} is not a layer")
    return keras().Sequential([conv])  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Sequence:
    """A batch of sequences, and the units of what they are sent through."""

    sequence: Tensor
    units: int
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        return self.sequence


@st.composite
def sequences(draw: Any) -> Sequence:
    """Return a strategy for Sequence, of two steps or more: with one there is nothing that a mask could leave out."""
    shape = draw(st.tuples(st.integers(1, 3), st.integers(2, 5), st.integers(1, 3)))
    return Sequence(draw(tensors(shape, axes="ndc")), draw(st.integers(1, 3)), draw(st.integers(0, 2**16)))


def dense_into_mean(case: Sequence) -> Callable[[Any], Any]:
    """Dense into a mean over the steps that are not masked."""
    layers = keras().layers
    dense, mean = layers.Dense(case.units), layers.GlobalAveragePooling1D()
    return lambda sequence: mean(dense(sequence))


def wrapped_into_mean(case: Sequence) -> Callable[[Any], Any]:
    """TimeDistributed(Dense) into the same."""
    layers = keras().layers
    dense, mean = layers.TimeDistributed(layers.Dense(case.units)), layers.GlobalAveragePooling1D()
    return lambda sequence: mean(dense(sequence))


def wrapped_both_ways(case: ConvVideo) -> Callable[[Any], Any]:
    """A video and its reverse, one after the other."""
    conv = wrapped(case)
    return lambda video: tensorflow().stack([conv(video), conv(video[:, ::-1])], axis=1)


def nested_both_ways(case: ConvVideo) -> Callable[[Any], Any]:
    """A video and its reverse, stacked on an axis of their own, through a nested wrapper."""
    tf, layers = tensorflow(), keras().layers
    conv = layers.TimeDistributed(layers.TimeDistributed(layers.Conv2D(**case.conv.kwargs())))
    return lambda video: conv(tf.stack([video, video[:, ::-1]], axis=1))


def conv3d_one_step(case: ConvVideo) -> Callable[[Any], Any]:
    """Conv3D whose kernel spans one step."""
    kwargs = case.conv.kwargs()
    for name in ("kernel_size", "strides", "dilation_rate"):
        kwargs[name] = (1, *kwargs[name])
    return keras().layers.Conv3D(**kwargs)  # type: ignore[no-any-return]


def _rounds_by_frame(case: ConvVideo) -> bool:
    """Whether one frame at a time may round otherwise than all frames at once.

    A transcendental activation does, and so does a convolution that comes to a single row (one
    video, one position): Eigen multiplies one row as a vector, and several as a matrix.
    """
    of_axis = dict(zip(case.video.axes, case.video.shape))
    rows = of_axis["n"] * np.prod(case.conv.output_size((of_axis["h"], of_axis["w"])))
    return case.conv.activation in TRANSCENDENTAL or bool(rows == 1)


ROUNDS_BY_FRAME = (
    "Keras 3 applies the layer frame by frame: an entry sits elsewhere in its buffer, where "
    "vectorised functions and their scalar remainders round differently, and a frame that comes "
    "to a single row is multiplied as a vector"
)


def _fewer(case: Any) -> bool:
    return bool(case.video.shape[0] < case.video.shape[1])


def _more(case: Any) -> bool:
    return bool(case.video.shape[0] > case.video.shape[1])


COUNTS_THE_BATCH = "it maps over as many steps as there are videos in the batch"


def _skips_entries(case: ConvVideo) -> bool:
    """Whether some axis with padding "same" ends two entries or more before the image does."""
    if case.conv.padding != "same":
        return False
    of_axis = dict(zip(case.video.axes, case.video.shape))
    settings = zip("hw", case.conv.output_size((of_axis["h"], of_axis["w"])), case.conv.strides)
    return any(
        (count - 1) * stride + kernel - of_axis[axis] <= -2
        for (axis, count, stride), kernel in zip(settings, case.conv.kernel_size)
    )


#: What Keras 3 makes of a number of steps that its graph does not know.
BREAKS_OF_UNKNOWN_STEPS = (
    Break(
        refusal,
        because="it takes None for a number of steps: Invalid dtype: NoneType",
        where="keras>=3 and keras<3.4 and behavior==v2 and mode!=eager",
    ),
    Break(
        refusal,
        because="it takes an unknown TF1 dimension for a number of steps",
        where="keras>=3 and behavior==compat1",
    ),
    Break(refusal, COUNTS_THE_BATCH, where="keras>=3.14 and behavior==v2 and mode!=eager", when=_more),
    Break(shapes, COUNTS_THE_BATCH, where="keras>=3.14 and behavior==v2 and mode!=eager", when=_fewer),
    Break(outputs, COUNTS_THE_BATCH, where="keras>=3.14 and behavior==v2 and mode!=eager", when=_fewer),
)


def _several_steps(case: Sequence) -> bool:
    """Whether a mask can leave a step out."""
    return case.sequence.shape[1] > 1


def _rounds_by_place(case: ConvVideo) -> bool:
    """Whether entries may round otherwise for sitting elsewhere in the buffer."""
    return case.conv.activation in TRANSCENDENTAL and case.video.shape[1] > 1


ROUNDS_BY_PLACE = (
    "Keras 2 orders frames by video and then by step, and by hand it is the other way round: an "
    "entry sits elsewhere in its buffer, where vectorised functions and their scalar remainders "
    "round differently"
)

#: Small and odd sizes, where remainders are most of the buffer: one in six of these rounds by place.
_rounding_convs = partial(
    conv_configs, max_kernel=1, max_strides=1, max_dilation=1, max_filters=3, activations=["sigmoid", "softplus"]
)
_rounding_shapes = video_shapes(min_batch=2, max_batch=3, min_steps=3, max_steps=5, max_side=2)


NEGATIVE_PADDING = (
    'with padding "same", Conv3D on the CPU takes a negative padding for one: where strides skip two entries or more '
    "at the end, it reads one entry too early"
)

_skipping_convs = conv_videos(
    shapes=video_shapes(min_side=3, max_side=3),
    conv=partial(conv_configs, paddings=["same"], max_kernel=1, activations=["linear"]),
)


def _breaks_of_bits(cases: st.SearchStrategy[Any]) -> Tuple[Break, ...]:
    return (
        Break(bits, ROUNDS_BY_FRAME, where="keras>=3", when=_rounds_by_frame, cases=cases),
        Break(bits, ROUNDS_BY_PLACE, where="keras<3", when=_rounds_by_place, cases=cases),
    )


LAWS = (
    Law(
        "time-distributed-conv2d",
        "TimeDistributed(Conv2D) is concat, Conv2D, split, stack",
        source="the post's claims 1 and 4: the same result, and no variable is added",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped,
        claims=(*SAME, bits),
        breaks=_breaks_of_bits(conv_videos(shapes=_rounding_shapes, conv=_rounding_convs)),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-conv-lstm2d",
        "TimeDistributed(Conv2D) into ConvLSTM2D is concat, Conv2D, split, stack, ConvLSTM2D",
        source="the post's claim 6",
        cases=conv_lstm_videos(),
        reference=by_hand_lstm,
        candidate=wrapped_lstm,
        claims=(*SAME, bits),
        breaks=_breaks_of_bits(conv_lstm_videos(shapes=_rounding_shapes, conv=_rounding_convs)),
        dimensions=KNOWN_STEPS,
    ),
    # Laws of their own, in fewer executions: backward passes cost three times as much as all the rest.
    Law(
        "time-distributed-conv2d-learning",
        "TimeDistributed(Conv2D) learns as concat, Conv2D, split, stack does",
        source="follows from the post's claim 1",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped,
        claims=LEARNING,
        dimensions=("batch",),
    ),
    Law(
        "time-distributed-conv-lstm2d-learning",
        "TimeDistributed(Conv2D) into ConvLSTM2D learns as concat, Conv2D, split, stack, ConvLSTM2D does",
        source="follows from the post's claim 6",
        cases=conv_lstm_videos(),
        reference=by_hand_lstm,
        candidate=wrapped_lstm,
        claims=LEARNING,
        dimensions=("batch",),
    ),
    Law(
        "time-distributed-unknown-steps",
        "TimeDistributed(Conv2D) need not know the number of steps",
        source="the post's claim 1, for a graph that leaves the steps open",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped,
        claims=SAME,
        breaks=BREAKS_OF_UNKNOWN_STEPS,
        dimensions=UNKNOWN_STEPS,
    ),
    Law(
        "time-distributed-lstm-unknown-steps",
        "TimeDistributed(Conv2D) into ConvLSTM2D need not know the number of steps",
        source="the post's claim 6, for a graph that leaves the steps open",
        cases=conv_lstm_videos(),
        reference=by_hand_lstm,
        candidate=wrapped_lstm,
        claims=SAME,
        breaks=BREAKS_OF_UNKNOWN_STEPS,
        dimensions=UNKNOWN_STEPS,
    ),
    Law(
        "time-distributed-default-names",
        "wrapping renames conv2d/kernel to time_distributed/kernel and adds no variable",
        source="the post's claim 4",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped,
        claims=(*SAME, names.renamed({"conv2d": "time_distributed"})),
        breaks=(
            Break(
                names,
                because="the wrapped layer keeps a name of its own below the wrapper's: time_distributed/conv2d/kernel",
                where="keras>=3",
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-nested-names",
        "wrapping renames conv2d/kernel to time_distributed/conv2d/kernel",
        source="the post's claim 4, as Keras 3 has it",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped,
        claims=(*SAME, names.renamed({"conv2d": "time_distributed/conv2d"})),
        breaks=(
            Break(
                names,
                because="up to Keras 2 the variables take the wrapper's name alone",
                where="keras<3",
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-named-conv2d",
        'TimeDistributed(Conv2D, name="conv2d") has the old names, and an old checkpoint fits',
        source="the post's claim 5",
        cases=conv_videos(),
        reference=by_hand,
        candidate=wrapped_and_named,
        claims=(*SAME, names, checkpoint, saving.by("tf.train.Checkpoint")),
        breaks=(
            Break(
                names,
                because="the wrapped layer keeps a name of its own below the wrapper's: conv2d/conv2d_1/kernel",
                where="keras>=3",
            ),
            Break(
                checkpoint,
                because="the checkpoint has no variable of the new names",
                where="keras>=3",
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-named-weights",
        'weights saved with a Conv2D load by name into TimeDistributed(Conv2D, name="conv2d")',
        source="the post's claim 5",
        cases=conv_videos(),
        reference=by_hand_model,
        candidate=named_model,
        claims=(*SAME, checkpoint),
        breaks=(
            Break(
                checkpoint,
                because="save_weights goes by the layers' paths, and the wrapped layer's is longer",
                where="keras>=3 and mode!=session",
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-input-shape",
        "input_shape=(d, h, w, c) leaves the batch out: the model takes any batch size",
        source="the post's claim 2",
        cases=two_batches(),
        reference=by_hand_twice,
        candidate=input_shape_twice,
        claims=SAME,
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-wrong-rank",
        "a video of another rank is refused, as reshaping by hand refuses it",
        source="the post's claim 2",
        cases=wrong_ranks(),
        reference=by_hand_wrong_rank,
        candidate=wrapped_wrong_rank,
        claims=(both_refuse,),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-refuses-functions",
        "TimeDistributed refuses what is not a layer",
        source="the post's claim 3",
        cases=wrapped_functions(),
        reference=not_a_layer,
        candidate=wrapped_function,
        claims=(both_refuse,),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-is-a-layer",
        "TimeDistributed is itself a layer: a Sequential model takes it",
        source="the post's claim 3",
        cases=conv_videos(),
        reference=wrapped,
        candidate=wrapped_in_sequence,
        claims=(*SAME, config),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "time-distributed-mask",
        "TimeDistributed(Dense) hands a mask on to the layer after it, as Dense does",
        source="follows from the post's claim 3",
        cases=sequences(),
        reference=dense_into_mean,
        candidate=wrapped_into_mean,
        claims=(*SAME, masks),
        breaks=(
            Break(
                masks,
                because="it compares numbers of videos that are TF1 dimensions, of which no unknown one equals another",
                where="keras>=3 and keras<3.4 and behavior==compat1 and dimensions==batch",
                when=_several_steps,
            ),
            Break(
                masks,
                because="it compares numbers of videos that are tensors when it is traced",
                where="keras>=3.4 and keras<3.9 and mode!=eager and dimensions==batch",
                when=_several_steps,
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "nested-time-distributed",
        "TimeDistributed(TimeDistributed(Conv2D)) over two videos is TimeDistributed over each",
        source="follows from the post's claims 1 and 3",
        cases=conv_videos(),
        reference=wrapped_both_ways,
        candidate=nested_both_ways,
        claims=SAME,
        dimensions=KNOWN_STEPS,
    ),
    Law(
        "conv3d-one-step",
        "Conv3D with a kernel of one step is TimeDistributed(Conv2D)",
        source="follows from the post's claim 1",
        cases=conv_videos(),
        reference=wrapped,
        candidate=conv3d_one_step,
        claims=(*SAME, variables.but_ones()),
        breaks=(
            Break(variables, because="the kernel of Conv3D has one axis more, of length one"),
            # oneDNN has a Conv3D of its own: TensorFlow's runs where that is off, as it is by default below 2.9.
            Break(
                outputs,
                NEGATIVE_PADDING,
                where="tensorflow>=2.5 and numerics==strict",
                when=_skips_entries,
                cases=_skipping_convs,
            ),
            Break(
                outputs,
                NEGATIVE_PADDING,
                where="tensorflow>=2.5 and tensorflow<2.9 and numerics==native",
                when=_skips_entries,
                cases=_skipping_convs,
            ),
        ),
        dimensions=KNOWN_STEPS,
    ),
)
