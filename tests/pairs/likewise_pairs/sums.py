"""Sums and products in another order, fused and not, and by other loops."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from likewise_pairs.pair import moderate, pair, stateless


def _looped(step, first, x):
    """Fold the last axis, of known length, in Python."""
    for each in tf.unstack(x, axis=-1):
        first = each if first is None else step(first, each)
    return first


def _while(step, x):
    """Fold the last axis by ``while_loop``."""
    found = tf.while_loop(
        lambda place, _: place < x.shape[-1],
        lambda place, total: (place + 1, step(total, x[..., place])),
        (tf.constant(1), x[..., 0]),
    )
    return found[1]


def _in_pairs(step, x):
    parts = tf.unstack(x, axis=-1)
    while len(parts) > 1:
        rest = parts[len(parts) // 2 * 2 :]
        parts = [step(one, other) for one, other in zip(parts[::2], parts[1::2])] + rest
    return parts[0]


def _last_first(x):
    return tf.transpose(x, [1, 0])


def _spread(x):
    """Forty numbers of mean zero and a variance of about 1/3, none of it by chance."""
    return 0.1 * tf.tanh(x) + np.linspace(-1, 1, 40).astype(x.dtype.as_numpy_dtype)


total = stateless(lambda x: tf.reduce_sum(x, -1))
total_backwards = stateless(lambda x: tf.cumsum(x[..., ::-1], -1)[..., -1])
total_in_parts = stateless(lambda x: tf.reduce_sum(tf.reduce_sum(tf.reshape(x, [-1, 8, 5]), -1), -1))
total_in_pairs = stateless(lambda x: _in_pairs(tf.add, x))
total_by_ones = stateless(lambda x: tf.squeeze(tf.matmul(x, tf.ones([40, 1], x.dtype)), -1))
total_in_python = stateless(lambda x: _looped(tf.add, None, x))
total_of_list = stateless(lambda x: tf.add_n(tf.unstack(x, axis=-1)))
total_by_while = stateless(lambda x: _while(tf.add, x))
total_by_scan = stateless(lambda x: tf.scan(tf.add, _last_first(x))[-1])
total_by_foldl = stateless(lambda x: tf.foldl(tf.add, _last_first(x)))
total_of_rows = stateless(lambda x: tf.map_fn(tf.reduce_sum, x))
total_by_einsum = stateless(lambda x: tf.einsum("nc->n", x))

mean = stateless(lambda x: tf.reduce_mean(x, -1))
total_by_count = stateless(lambda x: tf.reduce_sum(x, -1) / 40)
total_of_parts = stateless(lambda x: tf.reduce_sum(x / 40, -1))
mean_of_means = stateless(lambda x: tf.reduce_mean(tf.reduce_mean(tf.reshape(x, [-1, 8, 5]), 1), 1))

product = stateless(lambda x: tf.reduce_prod(moderate(x), -1))
product_in_python = stateless(lambda x: _looped(tf.multiply, None, moderate(x)))
product_in_pairs = stateless(lambda x: _in_pairs(tf.multiply, moderate(x)))
left_first = stateless(lambda a, b, c: (moderate(a) * moderate(b)) * moderate(c))
right_first = stateless(lambda a, b, c: moderate(a) * (moderate(b) * moderate(c)))
divided = stateless(lambda x: x / 3)
multiplied = stateless(lambda x: x * (1 / 3))

running = stateless(lambda x: tf.cumsum(x, 1))
running_by_triangle = stateless(lambda x: tf.matmul(tf.linalg.band_part(tf.ones([8, 8], x.dtype), -1, 0), x))
running_by_scan = stateless(lambda x: tf.transpose(tf.scan(tf.add, tf.transpose(x, [1, 0, 2])), [1, 0, 2]))
running_in_python = stateless(lambda x: tf.stack([tf.reduce_sum(x[:, : place + 1], 1) for place in range(8)], 1))
running_back = stateless(lambda x: tf.cumsum(x, 1, reverse=True))
running_of_reversed = stateless(lambda x: tf.reverse(tf.cumsum(tf.reverse(x, [1]), 1), [1]))


def _averaged(x):
    state, found = tf.zeros_like(x[:, 0]), []
    for step in range(8):
        state = 0.75 * state + 0.25 * x[:, step]
        found.append(state)
    return tf.stack(found, 1)


def _averaged_at_once(x):
    place = np.arange(8)
    apart = place[:, None] - place[None, :]
    weights = np.where(apart >= 0, 0.25 * 0.75 ** np.maximum(apart, 0), 0.0)
    return tf.einsum("st,ntc->nsc", tf.constant(weights, x.dtype), x)


moving_average = stateless(_averaged)
moving_average_at_once = stateless(_averaged_at_once)

variance = stateless(lambda x: tf.nn.moments(_spread(x), [-1])[1])
variance_of_centred = stateless(
    lambda x: tf.reduce_mean(tf.square(_spread(x) - tf.reduce_mean(_spread(x), -1, keepdims=True)), -1)
)
variance_of_squares = stateless(
    lambda x: tf.reduce_mean(tf.square(_spread(x)), -1) - tf.square(tf.reduce_mean(_spread(x), -1))
)
length = stateless(lambda x: tf.norm(moderate(x), axis=-1))
length_of_squares = stateless(lambda x: tf.sqrt(tf.reduce_sum(tf.square(moderate(x)), -1)))
squares = stateless(lambda x: tf.reduce_sum(tf.square(moderate(x)), -1))
squares_by_einsum = stateless(lambda x: tf.einsum("nc,nc->n", moderate(x), moderate(x)))
norm_squared = stateless(lambda x: 2 * tf.nn.l2_loss(moderate(x)))
norm_summed = stateless(lambda x: tf.reduce_sum(tf.square(moderate(x))))

PAIRS = [
    *(
        pair("total", name, f"{dtype}[n 40]")
        for name in (
            "total_backwards",
            "total_in_parts",
            "total_in_pairs",
            "total_by_ones",
            "total_in_python",
            "total_of_list",
            "total_by_while",
            "total_by_scan",
            "total_by_foldl",
            "total_of_rows",
            "total_by_einsum",
        )
        for dtype in ("float32", "float64")
    ),
    pair("total", "total_in_pairs", "float16[n 40]"),
    pair("mean", "total_by_count", "float32[n 40]"),
    pair("mean", "total_of_parts", "float32[n 40]"),
    pair("mean", "mean_of_means", "float64[n 40]"),
    pair("product", "product_in_python", "float32[n 6]"),
    pair("product", "product_in_pairs", "float64[n 6]"),
    pair("left_first", "right_first", "float32[n 3]", "float32[n 3]", "float32[n 3]"),
    pair("divided", "multiplied", "float32[n 3]"),
    pair("running", "running_by_triangle", "float32[n 8 2]"),
    pair("running", "running_by_scan", "float32[n 8 2]"),
    pair("running", "running_in_python", "float64[n 8 2]"),
    pair("running_back", "running_of_reversed", "float32[n 8 2]"),
    pair("moving_average", "moving_average_at_once", "float32[n 8 2]"),
    pair("variance", "variance_of_centred", "float32[n 40]"),
    pair("variance", "variance_of_squares", "float32[n 40]"),
    pair("length", "length_of_squares", "float32[n 7]"),
    pair("squares", "squares_by_einsum", "float32[n 40]"),
    pair("norm_squared", "norm_summed", "float32[n 40]"),
]
