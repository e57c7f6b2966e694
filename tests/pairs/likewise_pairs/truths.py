"""Pairs of which it is known what is right, each with siblings of its kind: most were judged wrongly once."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, NamedTuple, Tuple

import tensorflow as tf

from likewise.cell import keras
from likewise_pairs.pair import stateless, weighted


def _layers():
    return keras().layers


# ---- one great entry beside others -----------------------------------------------------------------------------------


def _beside(great, biased):
    def call(x, kernel, bias):
        y = tf.matmul(x, kernel)
        return great(y + bias if biased else y + 0 * bias)

    return weighted(call, kernel=(4, 3), bias=(3,))


def _masked(y):
    return tf.where(tf.constant([True, True, False]), y, tf.fill(tf.shape(y), tf.constant(tf.float32.min, y.dtype)))


def _with_channel(y):
    return tf.concat([y, tf.fill(tf.shape(y[:, :1]), tf.constant(1e30, y.dtype))], -1)


def _with_row(y):
    return tf.concat([y, tf.fill(tf.shape(y[:1]), tf.constant(-1e20, y.dtype))], 0)


scores, scores_without_bias = _beside(_masked, True), _beside(_masked, False)
channel, channel_without_bias = _beside(_with_channel, True), _beside(_with_channel, False)
row, row_without_bias = _beside(_with_row, True), _beside(_with_row, False)

# ---- what float64 does not repeat ------------------------------------------------------------------------------------

same = stateless(lambda x: x + 0)
double = stateless(lambda x: x * 2)
triple_in_float32 = stateless(lambda x: x * (3.0 if x.dtype == tf.float32 else 2.0))
more_in_float32 = stateless(lambda x: x + (1e-3 if x.dtype == tf.float32 else 0.0))
clipped_in_float32 = stateless(lambda x: tf.clip_by_value(x, -1, 1) if x.dtype == tf.float32 else x)


def _wrong_at_times(often, by):
    def build():
        calls = []

        def call(x):
            calls.append(0)
            return x + (by if len(calls) % often == 0 else 0.0)

        return call

    return build


wrong_each_7th_call = _wrong_at_times(7, 1.0)
wrong_each_5th_call = _wrong_at_times(5, 1e-3)
wrong_by_chance = stateless(lambda x: x + 0.01 * tf.cast(tf.random.uniform([]) < 0.2, x.dtype))
one_entry_by_chance = stateless(lambda x: x + 0.01 * tf.cast(tf.random.uniform(tf.shape(x)) < 0.1, x.dtype))

softmax = stateless(tf.nn.softmax)
softmax_shifted = stateless(lambda x: tf.nn.softmax(x - 1e9))
log_softmax = stateless(tf.nn.log_softmax)
log_softmax_shifted = stateless(lambda x: tf.nn.log_softmax(x + 1e8))
tanh = stateless(tf.tanh)
tanh_there_and_back = stateless(lambda x: (tf.tanh(x) + 4096) - 4096)
tanh_by_sigmoid = stateless(lambda x: 2 * tf.sigmoid(2 * x) - 1)

# ---- jumps that hide a difference ------------------------------------------------------------------------------------


def _recurrent(kind, *before):
    return lambda: keras().Sequential([*(each() for each in before), getattr(_layers(), kind)(3)])


def _masking(value):
    return lambda: _layers().Masking(value)


lstm, gru, simple = _recurrent("LSTM"), _recurrent("GRU"), _recurrent("SimpleRNN")
masked_lstm, masked_gru = _recurrent("LSTM", _masking(0.0)), _recurrent("GRU", _masking(0.0))
masked_lstm_at_minus_one, masked_simple_at_two = (
    _recurrent("LSTM", _masking(-1.0)),
    _recurrent("SimpleRNN", _masking(2.0)),
)

first_greatest = stateless(lambda x: tf.argmax(x, -1))
last_greatest = stateless(lambda x: 2 - tf.argmax(x[..., ::-1], -1))


def middle_of_greatest():
    def call(x):
        at = tf.cast(tf.equal(x, tf.reduce_max(x, -1, keepdims=True)), tf.int64)
        place = tf.range(tf.cast(tf.shape(x)[-1], tf.int64))
        return tf.reduce_sum(at * place, -1) // tf.reduce_sum(at, -1)

    return call


sign = stateless(tf.sign)
sign_of_zero = stateless(lambda x: tf.where(x >= 0, tf.ones_like(x), -tf.ones_like(x)))
positive = stateless(lambda x: x > 0)
not_negative = stateless(lambda x: x >= 0)
through_float64 = stateless(lambda x: tf.cast(tf.cast(x, tf.float64), x.dtype))
through_float32 = stateless(lambda x: tf.cast(tf.cast(x, tf.float32), x.dtype))
whole_sum = stateless(lambda x: tf.reduce_sum(x, -1))
one_more = stateless(lambda x: tf.reduce_sum(x, -1) + 1)

# ---- values that are seldom met --------------------------------------------------------------------------------------


def relu_above_10():
    return _layers().ReLU(threshold=10.0)


def relu_above_20():
    return _layers().ReLU(threshold=20.0)


below_100 = stateless(lambda x: tf.minimum(x, 100))
below_1000 = stateless(lambda x: tf.minimum(x, 1000))
between_7 = stateless(lambda x: tf.clip_by_value(x, -7, 7))
between_8 = stateless(lambda x: tf.clip_by_value(x, -8, 8))


def _complex(change):
    def build():
        v = tf.Variable(tf.ones([3], tf.complex64), name="scale")
        return lambda x: change(tf.complex(x, x), v)

    return build


complex_scale = _complex(lambda x, v: tf.math.imag(x * v))
complex_scale_conjugated = _complex(lambda x, v: tf.math.imag(x * tf.math.conj(v)))
complex_real = _complex(lambda x, v: tf.math.real(x * v))
complex_real_conjugated = _complex(lambda x, v: tf.math.real(x * tf.math.conj(v)))
complex_sum = _complex(lambda x, v: tf.math.real(x + v))
complex_magnitude = _complex(lambda x, v: tf.math.real(x) + tf.abs(v))

# ---- what Keras keeps ------------------------------------------------------------------------------------------------


def _dense(**settings):
    return lambda: _layers().Dense(2, **settings)


dense, dense_l2, dense_bias_l1 = _dense(), _dense(kernel_regularizer="l2"), _dense(bias_regularizer="l1")
dense_active, dense_constrained = _dense(activity_regularizer="l2"), _dense(kernel_constraint="non_neg")


def _blocks(keep):
    """A model that keeps its layer as ``keep`` does: where Keras does not see it, ``fit`` moves nothing."""

    def build():
        class Blocks(keras().Model):  # type: ignore[misc]
            def __init__(self):
                super().__init__()
                layer = _layers().Dense(2)
                self.find = lambda: layer
                keep(self, layer)

            def call(self, x):
                return self.find()(x)

        return Blocks()

    return build


def _as_attribute(model, layer):
    model.layer = layer


def _in_list(model, layer):
    model.kept = [layer]


def _nowhere(model, layer):
    pass


def _in_closure(model, layer):
    model.others = lambda: [layer]


tracked, listed, untracked, hidden = map(_blocks, (_as_attribute, _in_list, _nowhere, _in_closure))

# ---- networks that are deaf ------------------------------------------------------------------------------------------


def _deep(layer, units, depth, deaf):
    def build():
        model = keras().Sequential([layer() for _ in range(depth)] + [_layers().Dense(units)])
        return (lambda x: model(0 * x)) if deaf else model

    return build


def _sigmoid():
    return _layers().Dense(6, activation="sigmoid")


def _relu():
    return _layers().Dense(6, activation="relu")


sigmoids, deaf_sigmoids = _deep(_sigmoid, 2, 14, False), _deep(_sigmoid, 2, 14, True)
relus, deaf_relus = _deep(_relu, 2, 24, False), _deep(_relu, 2, 24, True)


def _mobile_net():
    return keras().applications.MobileNetV2(
        input_shape=(32, 32, 3), weights=None, classes=5, classifier_activation=None
    )


def mobile_net():
    return _mobile_net()


def deaf_mobile_net():
    model = _mobile_net()
    return lambda x: model(0 * x)


# ---- chaos -----------------------------------------------------------------------------------------------------------


def _chaos(step, times=40):
    def call(x):
        z = tf.sigmoid(x)
        for _ in range(times):
            z = step(z)
        return z

    return stateless(call)


chaos, chaos_reordered = _chaos(lambda z: 3.9 * z * (1 - z)), _chaos(lambda z: 3.9 * (z - z * z))
wilder, wilder_reordered = _chaos(lambda z: 3.99 * z * (1 - z)), _chaos(lambda z: 3.99 * (0.25 - tf.square(z - 0.5)))
sines, sines_reordered = _chaos(lambda z: tf.sin(9 * z), 60), _chaos(lambda z: tf.sin(4.5 * z + 4.5 * z), 60)
sines_scaled = _chaos(lambda z: tf.sin(3 * z * 3), 60)

# ---- one object, exits, and what comes after -------------------------------------------------------------------------

_SHARED: Dict[str, Any] = {}


def _shared(name, make):
    def build():
        if name not in _SHARED:
            _SHARED[name] = make()
        return _SHARED[name]

    return build


one_layer = _shared("layer", lambda: _layers().Dense(2))
one_model = _shared("model", lambda: keras().Sequential([_layers().Dense(2)]))


def exits():
    sys.exit(0)


def exits_when_called():
    def call(x):
        sys.exit(0)

    return call


def exits_with_text():
    raise SystemExit("enough")


scaled_by_scalar = weighted(lambda x, v: x * v, scale=())
scaled_by_square = weighted(lambda x, v: x * v * v, scale=())
scaled_by_magnitude = weighted(lambda x, v: x * tf.abs(v), scale=())


def time_distributed_states():
    return _layers().TimeDistributed(_layers().LSTM(1, return_state=True))


def _both_ways(kind, join, turned):
    def build():
        there = getattr(_layers(), kind)(3, return_sequences=True)
        back = getattr(_layers(), kind)(3, return_sequences=True, go_backwards=True)
        return lambda x: join(there(x), tf.reverse(back(x), [1]) if turned else back(x))

    return build


def _side_by_side(one, other):
    return tf.concat([one, other], -1)


def bidirectional():
    return _layers().Bidirectional(_layers().LSTM(3, return_sequences=True))


bidirectional_unreversed = _both_ways("LSTM", _side_by_side, False)
both_sums, both_sums_unreversed = _both_ways("GRU", tf.add, True), _both_ways("GRU", tf.add, False)
both_greatest, both_greatest_unreversed = (
    _both_ways("SimpleRNN", tf.maximum, True),
    _both_ways("SimpleRNN", tf.maximum, False),
)


class Truth(NamedTuple):
    """Two implementations of this module, and what is right: "different", "imprecise", "same" or "error"."""

    reference: str
    candidate: str
    spec: str
    right: str
    claims: Tuple[str, ...] = ()
    where: str = ""
    examples: int = 25

    def __str__(self) -> str:
        return f"{self.reference}-{self.candidate} {self.spec} is {self.right}"


def _kind(right: str, spec: str, *pairs: str, claims: str = "", where: str = "", examples: int = 25) -> List[Truth]:
    """Some truths of one kind; a pair is two names in one text."""
    named = [each.split() for each in pairs]
    return [Truth(one, other, spec, right, tuple(claims.split()), where, examples) for one, other in named]


TRUTHS: List[Truth] = [
    *_kind(
        "different",
        "float32[n 4]",
        "scores scores_without_bias",
        "channel channel_without_bias",
        "row row_without_bias",
    ),
    *_kind("different", "float32[n 3]", "double triple_in_float32", "same more_in_float32", "same clipped_in_float32"),
    *_kind("different", "float32[n 3]", "same wrong_each_7th_call", "same wrong_each_5th_call"),
    *_kind("different", "float32[n 3]", "same wrong_by_chance", "same one_entry_by_chance"),
    *_kind("different", "float32[n t 4]", "masked_lstm lstm", "masked_gru gru", examples=40),
    *_kind("different", "float32[n t 4]", "masked_lstm_at_minus_one lstm", "masked_simple_at_two simple", examples=40),
    *_kind("imprecise", "float32[n 5]", "softmax softmax_shifted", "log_softmax log_softmax_shifted"),
    *_kind("imprecise", "float32[n 3]", "tanh tanh_by_sigmoid", "tanh tanh_there_and_back"),
    *_kind(
        "different", "float32[n 3]", "dense dense_l2", "dense dense_bias_l1", "dense dense_active", claims="training"
    ),
    *_kind("different", "float32[n 3]", "dense dense_constrained", claims="training"),
    *_kind("different", "float32[n 5]", "sigmoids deaf_sigmoids", "relus deaf_relus"),
    *_kind("different", "float32[n:1-2 32 32 3]", "mobile_net deaf_mobile_net", examples=8, where="tensorflow>=2"),
    *_kind("different", "float32[n 3]", "relu_above_10 relu_above_20", examples=100),
    *_kind("different", "float32[n 3]", "below_100 below_1000", "between_7 between_8"),
    *_kind("different", "float32[n 3]", "first_greatest middle_of_greatest", "first_greatest last_greatest"),
    *_kind("different", "float32[n 3]", "sign sign_of_zero", "positive not_negative"),
    *_kind("different", "int64[n 3]", "same through_float64", "same through_float32", "whole_sum one_more"),
    *_kind("different", "int32[n 3]", "same through_float32", "whole_sum one_more"),
    *_kind("different", "float32[n 3]", "complex_scale complex_scale_conjugated", "complex_sum complex_magnitude"),
    *_kind("different", "float32[n 3]", "complex_real complex_real_conjugated"),
    *_kind("different", "float32[n 2]", "tracked untracked", "listed untracked", claims="variables training"),
    *_kind("different", "float32[n 2]", "tracked hidden", claims="training"),
    *_kind("same", "float32[n 2]", "tracked listed", claims="variables training"),
    *_kind("same", "float32[n 3]", "chaos chaos_reordered", "wilder wilder_reordered", "sines sines_scaled"),
    *_kind("error", "float32[n 3]", "one_layer one_layer", "one_model one_model"),
    *_kind("different", "float32[n 3]", "double exits", "double exits_when_called", "double exits_with_text"),
    *_kind("different", "float32[n 2]", "scaled_by_scalar scaled_by_square", "scaled_by_scalar scaled_by_magnitude"),
    *_kind("different", "float32[n t 2]", "bidirectional bidirectional_unreversed", "both_sums both_sums_unreversed"),
    *_kind("different", "float32[n t 2]", "both_greatest both_greatest_unreversed"),
    *_kind("different", "float32[n t 2 3]", "time_distributed_states time_distributed_states", where="keras>=3"),
]
