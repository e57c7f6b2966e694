"""Pairs that are the same in exact arithmetic, of which the candidate loses digits in float32.

For these ``outputs`` holds, and ``precision`` does not.
"""

from __future__ import annotations

import tensorflow as tf

from likewise_pairs.pair import pair, stateless

tanh = stateless(tf.tanh)
tanh_by_sigmoid = stateless(lambda x: 2 * tf.sigmoid(2 * x) - 1)
tanh_by_exponential = stateless(lambda x: 1 - 2 / (tf.exp(2 * x) + 1))
variance = stateless(lambda x: tf.reduce_mean(tf.square(_far(x) - tf.reduce_mean(_far(x), -1, keepdims=True)), -1))
variance_of_squares = stateless(
    lambda x: tf.reduce_mean(tf.square(_far(x)), -1) - tf.square(tf.reduce_mean(_far(x), -1))
)
expm1 = stateless(lambda x: tf.math.expm1(-tf.abs(x)))
power_less_one = stateless(lambda x: tf.exp(-tf.abs(x)) - 1)
softplus = stateless(lambda x: tf.nn.softplus(-6 - 3 * tf.sigmoid(x)))
softplus_by_logarithm = stateless(lambda x: tf.math.log(1 + tf.exp(-6 - 3 * tf.sigmoid(x))))
near_zero = stateless(lambda x: tf.math.log1p(tf.exp(-20 + tf.tanh(x))))
near_zero_by_logarithm = stateless(lambda x: tf.math.log(1 + tf.exp(-20 + tf.tanh(x))))
same = stateless(lambda x: tf.tanh(x) + 0)
there_and_back = stateless(lambda x: (tf.tanh(x) + 4096) - 4096)
square_of_difference = stateless(lambda x: tf.square(tf.tanh(x)))
square_expanded = stateless(lambda x: tf.square(tf.tanh(x) + 100) - 200 * tf.tanh(x) - 10000)
softmax = stateless(tf.nn.softmax)
softmax_shifted = stateless(lambda x: tf.nn.softmax(x - 1e9))
elu_by_hand = stateless(lambda x: tf.where(x > 0, x, tf.math.expm1(tf.minimum(x, 0))))
selu_by_hand = stateless(lambda x: 1.0507009873554805 * tf.where(x > 0, x, 1.6732632423543772 * tf.math.expm1(x)))
log_sigmoid = stateless(lambda x: -tf.math.log1p(tf.exp(-5 - tf.abs(x))))
log_softmax = stateless(lambda x: tf.nn.log_softmax(tf.stack([5 + tf.abs(x), tf.zeros_like(x)], -1))[..., 0])
minus_cross_entropy = stateless(
    lambda x: (
        -tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.zeros_like(x, tf.int32), logits=tf.stack([5 + tf.abs(x), tf.zeros_like(x)], -1)
        )
    )
)
magnitude = stateless(lambda x: tf.abs(1e-20 * (1 + tf.sigmoid(x))))
magnitude_by_square = stateless(lambda x: tf.sqrt(tf.square(1e-20 * (1 + tf.sigmoid(x)))))
elu = stateless(tf.nn.elu)
selu = stateless(tf.nn.selu)


def _far(x):
    """About 1000, with a variance of about one."""
    return 1000 + tf.tanh(x) + tf.range(-4, 5, dtype=x.dtype) / 2


PAIRS = [
    pair("tanh", "tanh_by_sigmoid", "float32[n 3]"),
    pair("tanh", "tanh_by_exponential", "float32[n 3]"),
    pair("variance", "variance_of_squares", "float32[n 9]"),
    pair("expm1", "power_less_one", "float32[n 3]"),
    # (TensorFlow's own softplus loses its digits there before)
    pair("softplus", "softplus_by_logarithm", "float32[n 3]", where="tensorflow>=2.15"),
    pair("near_zero", "near_zero_by_logarithm", "float32[n 3]"),
    # (a TF1 session folds the two constants into one)
    pair("same", "there_and_back", "float32[n 3]", where="behavior==v2"),
    pair("square_of_difference", "square_expanded", "float32[n 3]"),
    pair("softmax", "softmax_shifted", "float32[n 5]"),
    pair("magnitude", "magnitude_by_square", "float32[n 3]"),
    pair("elu_by_hand", "elu", "float32[n 3]"),
    pair("selu_by_hand", "selu", "float32[n 3]"),
    pair("log_sigmoid", "log_softmax", "float32[n 3]"),
    pair("log_sigmoid", "minus_cross_entropy", "float32[n 3]"),
]
