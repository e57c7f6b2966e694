"""Activations, normalizations and losses by their formulas, and numbers of other dtypes."""

from __future__ import annotations

import math

import tensorflow as tf

from likewise.cell import keras
from likewise_pairs.pair import moderate, pair, stateless, weighted

NORMAL = {"gamma": (6,), "beta": (6,)}
MOVING = {**NORMAL, "moving_mean": (6,), "moving_variance": (6,)}


def _softmax(x):
    powers = tf.exp(x - tf.reduce_max(x, -1, keepdims=True))
    return powers / tf.reduce_sum(powers, -1, keepdims=True)


def _log_of_sum(x):
    greatest = tf.reduce_max(x, -1, keepdims=True)
    return tf.squeeze(greatest + tf.math.log(tf.reduce_sum(tf.exp(x - greatest), -1, keepdims=True)), -1)


def _apart(x):
    """Numbers of both signs, none near zero, where elu and selu lose their digits, and squares are zero."""
    return tf.concat([-1 - tf.sigmoid(x), 1 + tf.sigmoid(x)], -1)


def _cross_entropy(labels, logits):
    return tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)


softmax = stateless(tf.nn.softmax)
softmax_by_hand = stateless(_softmax)
softmax_of_moderate = stateless(lambda x: tf.nn.softmax(moderate(x)))
softmax_unshifted = stateless(lambda x: tf.exp(moderate(x)) / tf.reduce_sum(tf.exp(moderate(x)), -1, keepdims=True))
log_of_sum = stateless(lambda x: tf.reduce_logsumexp(4 + moderate(x), -1))
log_of_sum_by_hand = stateless(lambda x: _log_of_sum(4 + moderate(x)))
log_of_sum_unshifted = stateless(lambda x: tf.math.log(tf.reduce_sum(tf.exp(4 + moderate(x)), -1)))
cross_entropy = stateless(lambda x, y: _cross_entropy(labels=tf.nn.softmax(moderate(y)), logits=moderate(x)))
cross_entropy_by_hand = stateless(
    lambda x, y: -tf.reduce_sum(tf.nn.softmax(moderate(y)) * tf.nn.log_softmax(moderate(x)), -1)
)

relu = stateless(tf.nn.relu)
relu_by_maximum = stateless(lambda x: tf.maximum(x, 0))
relu_by_mask = stateless(lambda x: x * tf.cast(x > 0, x.dtype))
relu6 = stateless(tf.nn.relu6)
relu6_by_clip = stateless(lambda x: tf.clip_by_value(x, 0, 6))
leaky = stateless(lambda x: tf.nn.leaky_relu(x, 0.25))
leaky_by_maximum = stateless(lambda x: tf.maximum(x, 0.25 * x))
absolute = stateless(tf.abs)
absolute_by_maximum = stateless(lambda x: tf.maximum(x, -x))
sigmoid = stateless(lambda x: tf.sigmoid(moderate(x)))
sigmoid_by_exponential = stateless(lambda x: 1 / (1 + tf.exp(-moderate(x))))
softplus = stateless(lambda x: tf.nn.softplus(moderate(x)))
softplus_by_hand = stateless(lambda x: tf.maximum(moderate(x), 0) + tf.math.log1p(tf.exp(-tf.abs(moderate(x)))))
elu = stateless(lambda x: tf.nn.elu(_apart(x)))
elu_by_hand = stateless(lambda x: tf.where(_apart(x) > 0, _apart(x), tf.math.expm1(tf.minimum(_apart(x), 0))))
selu = stateless(lambda x: tf.nn.selu(_apart(x)))
selu_by_hand = stateless(
    lambda x: (
        1.0507009873554805
        * tf.where(_apart(x) > 0, _apart(x), 1.6732632423543772 * tf.math.expm1(tf.minimum(_apart(x), 0)))
    )
)
softsign = stateless(lambda x: tf.nn.softsign(moderate(x)))
softsign_by_hand = stateless(lambda x: moderate(x) / (1 + tf.abs(moderate(x))))
swish = stateless(lambda x: tf.nn.swish(moderate(x)))
swish_by_hand = stateless(lambda x: moderate(x) / (1 + tf.exp(-moderate(x))))


#: (``tf.nn.gelu`` itself is no such pair: in float64 it has a constant of float32)
gelu = stateless(lambda x: 0.5 * _above(x) * tf.math.erfc(-_above(x) * math.sqrt(0.5)))
gelu_by_hand = stateless(lambda x: 0.5 * _above(x) * (1 + tf.math.erf(_above(x) / math.sqrt(2))))


def _above(x):
    return 1.5 + tf.tanh(x)


powers = stateless(lambda x: 1 + (2 + moderate(x) / 3) + (2 + moderate(x) / 3) ** 2 + (2 + moderate(x) / 3) ** 3)
horner = stateless(lambda x: ((2 + moderate(x) / 3 + 1) * (2 + moderate(x) / 3) + 1) * (2 + moderate(x) / 3) + 1)
square = stateless(lambda x: tf.square(moderate(x)))
square_by_power = stateless(lambda x: moderate(x) ** 2)
root = stateless(lambda x: tf.sqrt(4 + moderate(x)))
root_by_power = stateless(lambda x: (4 + moderate(x)) ** 0.5)
inverse_root = stateless(lambda x: tf.math.rsqrt(4 + moderate(x)))
inverse_of_root = stateless(lambda x: 1 / tf.sqrt(4 + moderate(x)))
power_of_sum = stateless(lambda x, y: tf.exp(moderate(x) + moderate(y)))
product_of_powers = stateless(lambda x, y: tf.exp(moderate(x)) * tf.exp(moderate(y)))
log_of_product = stateless(lambda x, y: tf.math.log((5 + moderate(x)) * (5 + moderate(y))))
sum_of_logs = stateless(lambda x, y: tf.math.log(5 + moderate(x)) + tf.math.log(5 + moderate(y)))
unit = stateless(lambda x: tf.nn.l2_normalize(2 + moderate(x) / 3, -1))
unit_by_hand = stateless(
    lambda x: (2 + moderate(x) / 3) / tf.sqrt(tf.reduce_sum(tf.square(2 + moderate(x) / 3), -1, keepdims=True))
)


def _normalized(x, gamma, beta):
    centred = x - tf.reduce_mean(x, -1, keepdims=True)
    return centred / tf.sqrt(tf.reduce_mean(tf.square(centred), -1, keepdims=True) + 1e-3) * gamma + beta


def _ramp(x):
    """Moderate numbers that are far from their mean, and from each other."""
    return tf.tanh(x) + tf.constant([-10.0, 7.0, -5.0, 5.0, -7.0, 10.0], x.dtype)


def layer_normalization():
    layer = keras().layers.LayerNormalization(epsilon=1e-3)
    return lambda x: layer(_ramp(x))


layer_normalization_by_hand = weighted(lambda x, g, b: _normalized(_ramp(x), g, b), **NORMAL)


def _shifted(x):
    return 8 + moderate(x)


def batch_normalization():
    layer = keras().layers.BatchNormalization(epsilon=1e-3)
    return lambda x: layer(_shifted(x))


#: (the moving mean is kept small, so that what is subtracted from it leaves digits)
normalized = weighted(
    lambda x, g, b, m, v: (_shifted(x) - tf.tanh(m)) * tf.math.rsqrt(v + 1e-3) * g + 100 + b, **MOVING
)
normalized_folded = weighted(
    lambda x, g, b, m, v: (
        _shifted(x) * (g * tf.math.rsqrt(v + 1e-3)) + (100 + (b - tf.tanh(m) * g * tf.math.rsqrt(v + 1e-3)))
    ),
    **MOVING,
)
normalized_by_function = weighted(
    lambda x, g, b, m, v: 100 + tf.nn.batch_normalization(_shifted(x), tf.tanh(m), v, b, g, 1e-3), **MOVING
)

half_product = stateless(lambda x, y: tf.matmul(x / 64, y / 64))
half_product_by_einsum = stateless(lambda x, y: tf.einsum("ac,cb->ab", x / 64, y / 64))


def _brief(x):
    return tf.cast(moderate(x), tf.bfloat16)


brief_product = stateless(lambda x: _brief(x) * _brief(x) * _brief(x))
brief_product_reordered = stateless(lambda x: _brief(x) * (_brief(x) * _brief(x)))
brief_sum = stateless(lambda x: tf.add_n(tf.unstack(_brief(x) + 4, axis=-1)))
brief_sum_in_pairs = stateless(
    lambda x: (_brief(x) + 4)[:, 0] + (((_brief(x) + 4)[:, 1] + (_brief(x) + 4)[:, 2]) + (_brief(x) + 4)[:, 3])
)
whole_sum = stateless(lambda x: tf.reduce_sum(x, -1))
whole_sum_backwards = stateless(lambda x: tf.cumsum(x[..., ::-1], -1)[..., -1])
whole_square = stateless(lambda x: tf.square(tf.math.floormod(x, 1000) + 3))
whole_square_expanded = stateless(lambda x: tf.square(tf.math.floormod(x, 1000)) + 6 * tf.math.floormod(x, 1000) + 9)
whole_halves = stateless(lambda x: tf.math.floordiv(x, 8))
whole_shifts = stateless(lambda x: tf.bitwise.right_shift(x, tf.fill(tf.shape(x), tf.constant(3, x.dtype))))
first_greatest = stateless(lambda x: tf.argmax(x, -1))
first_greatest_by_hand = stateless(
    lambda x: tf.reduce_min(
        tf.where(
            tf.equal(x, tf.reduce_max(x, -1, keepdims=True)),
            tf.zeros_like(x, tf.int64) + tf.range(5, dtype=tf.int64),
            tf.zeros_like(x, tf.int64) + 5,
        ),
        -1,
    )
)
sorted_up = stateless(lambda x: tf.sort(x, -1))
sorted_by_greatest = stateless(lambda x: tf.nn.top_k(x, 5)[0][..., ::-1])
magnitude = stateless(lambda x, y: tf.abs(tf.complex(_apart(x), _apart(y))))
magnitude_by_hand = stateless(lambda x, y: tf.sqrt(tf.square(_apart(x)) + tf.square(_apart(y))))
not_both = stateless(lambda x, y: tf.logical_not(tf.logical_and(x, y)))
either_not = stateless(lambda x, y: tf.logical_or(tf.logical_not(x), tf.logical_not(y)))

PAIRS = [
    pair("softmax", "softmax_by_hand", "float32[n 5]"),
    pair("softmax_of_moderate", "softmax_unshifted", "float32[n 5]"),
    pair("softmax_of_moderate", "softmax_unshifted", "float64[n 5]"),
    pair("softmax_of_moderate", "softmax_unshifted", "float32[n 5]", claims="gradients"),
    pair("softmax_of_moderate", "softmax_unshifted", "float16[n 5]"),
    pair("log_of_sum", "log_of_sum_by_hand", "float32[n 5]"),
    pair("log_of_sum", "log_of_sum_unshifted", "float32[n 5]"),
    pair("cross_entropy", "cross_entropy_by_hand", "float32[n 5]", "float32[n 5]"),
    pair("relu", "relu_by_maximum", "float32[n 5]"),
    pair("relu", "relu_by_mask", "float32[n 5]"),
    pair("relu6", "relu6_by_clip", "float32[n 5]"),
    pair("leaky", "leaky_by_maximum", "float32[n 5]"),
    pair("absolute", "absolute_by_maximum", "float32[n 5]"),
    pair("sigmoid", "sigmoid_by_exponential", "float32[n 5]"),
    pair("softplus", "softplus_by_hand", "float32[n 5]"),
    pair("elu", "elu_by_hand", "float32[n 5]"),
    pair("selu", "selu_by_hand", "float32[n 5]"),
    pair("softsign", "softsign_by_hand", "float32[n 5]"),
    pair("swish", "swish_by_hand", "float32[n 5]"),
    pair("gelu", "gelu_by_hand", "float32[n 5]"),
    pair("powers", "horner", "float32[n 5]"),
    pair("square", "square_by_power", "float32[n 5]"),
    pair("root", "root_by_power", "float32[n 5]"),
    pair("inverse_root", "inverse_of_root", "float32[n 5]"),
    pair("power_of_sum", "product_of_powers", "float32[n 5]", "float32[n 5]"),
    pair("log_of_product", "sum_of_logs", "float32[n 5]", "float32[n 5]"),
    pair("unit", "unit_by_hand", "float32[n 5]"),
    pair("layer_normalization", "layer_normalization_by_hand", "float32[n 6]"),
    pair("layer_normalization", "layer_normalization_by_hand", "float32[n t 6]"),
    pair("normalized", "normalized_folded", "float32[n 6]"),
    pair("normalized", "normalized_by_function", "float32[n 6]"),
    pair("half_product", "half_product_by_einsum", "float16[n 5]", "float16[5 3]"),
    pair("brief_product", "brief_product_reordered", "float32[n 4]"),
    pair("brief_sum", "brief_sum_in_pairs", "float32[n 4]"),
    pair("whole_sum", "whole_sum_backwards", "int32[n 9]"),
    pair("whole_sum", "whole_sum_backwards", "int64[n 9]"),
    pair("whole_square", "whole_square_expanded", "int32[n 9]"),
    pair("whole_halves", "whole_shifts", "int32[n 9]"),
    pair("first_greatest", "first_greatest_by_hand", "float32[n 5]"),
    pair("sorted_up", "sorted_by_greatest", "float32[n 5]"),
    pair("magnitude", "magnitude_by_hand", "float32[n 5]", "float32[n 5]"),
    pair("not_both", "either_not", "bool[n 5]", "bool[n 5]"),
]
