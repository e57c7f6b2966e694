"""The same products, convolutions and selections, in other words."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from likewise.cell import keras
from likewise_pairs.pair import moderate, pair, stateless, weighted

KERNEL = {"kernel": (5, 3)}
AFFINE = {"kernel": (5, 3), "bias": (3,)}
IMAGE = {"kernel": (3, 3, 2, 4)}
SIGNAL = {"kernel": (3, 2, 4)}


matmul = weighted(tf.matmul, **KERNEL)
by_einsum = weighted(lambda x, w: tf.einsum("nc,co->no", x, w), **KERNEL)
by_tensordot = weighted(lambda x, w: tf.tensordot(x, w, 1), **KERNEL)
by_sum = weighted(lambda x, w: tf.reduce_sum(x[:, :, None] * w[None], 1), **KERNEL)
by_transposed = weighted(lambda x, w: tf.transpose(tf.matmul(w, x, transpose_a=True, transpose_b=True)), **KERNEL)
by_columns = weighted(lambda x, w: tf.stack([tf.reduce_sum(x * w[:, o], -1) for o in range(3)], -1), **KERNEL)
by_parts = weighted(lambda x, w: tf.matmul(x[:, :2], w[:2]) + tf.matmul(x[:, 2:], w[2:]), **KERNEL)
by_rows = weighted(lambda x, w: tf.map_fn(lambda row: tf.tensordot(row, w, 1), x), **KERNEL)
by_convolution = weighted(lambda x, w: tf.nn.conv2d(x[:, None, None], w[None, None], 1, "VALID")[:, 0, 0], **KERNEL)

affine = weighted(lambda x, w, b: tf.nn.bias_add(tf.matmul(x, w), b), **AFFINE)
affine_of_one = weighted(
    lambda x, w, b: tf.matmul(tf.concat([x, tf.ones_like(x[:, :1])], 1), tf.concat([w, b[None]], 0)), **AFFINE
)
affine_from_bias = weighted(lambda x, w, b: b + tf.einsum("co,nc->no", w, x), **AFFINE)


def dense():
    return keras().layers.Dense(3)


def dense_tanh():
    return keras().layers.Dense(3, activation="tanh")


def time_distributed_dense():
    return keras().layers.TimeDistributed(keras().layers.Dense(3))


affine_tanh = weighted(lambda x, w, b: tf.tanh(tf.matmul(x, w) + b), **AFFINE)
affine_of_rows = weighted(
    lambda x, w, b: tf.reshape(tf.matmul(tf.reshape(x, [-1, 5]), w) + b, tf.concat([tf.shape(x)[:2], [3]], 0)), **AFFINE
)
two_left = weighted(lambda x, v, w: tf.matmul(tf.matmul(x, v), w), first=(5, 4), second=(4, 3))
two_right = weighted(lambda x, v, w: tf.matmul(x, tf.matmul(v, w)), first=(5, 4), second=(4, 3))
gram = stateless(lambda x: tf.matmul(moderate(x), moderate(x), transpose_b=True))
gram_by_einsum = stateless(lambda x: tf.einsum("ntc,nsc->nts", moderate(x), moderate(x)))
gram_by_sum = stateless(lambda x: tf.reduce_sum(moderate(x)[:, :, None] * moderate(x)[:, None], -1))

embedded = weighted(lambda x, w: tf.gather(w, tf.math.floormod(x, 7)), embeddings=(7, 3))
by_one_hot = weighted(
    lambda x, w: tf.tensordot(tf.one_hot(tf.math.floormod(x, 7), 7, dtype=w.dtype), w, 1), embeddings=(7, 3)
)


def embedding_layer():
    layer = keras().layers.Embedding(7, 3)
    return lambda x: layer(tf.math.floormod(x, 7))


def _patches(x, w):
    shape = tf.shape(x)
    found = tf.image.extract_patches(x, [1, 3, 3, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    kernel = tf.reshape(w, [18, 4])
    return tf.reshape(tf.matmul(tf.reshape(found, [-1, 18]), kernel), [shape[0], shape[1] - 2, shape[2] - 2, 4])


def _shifted(x, w, *, height=7, width=6):
    return tf.add_n(
        [
            tf.tensordot(x[:, i : i + height - 2, j : j + width - 2], w[i, j], 1)
            for i in range(w.shape[0])
            for j in range(w.shape[1])
        ]
    )


def _grouped(x, w):
    return tf.concat(
        [tf.nn.conv2d(x[..., c : c + 1], tf.reshape(w[:, :, c], [3, 3, 1, 4]), 1, "VALID") for c in range(2)], -1
    )


def _in_halves(x, w):
    return tf.nn.conv2d(x[..., :1], w[:, :, :1], 1, "VALID") + tf.nn.conv2d(x[..., 1:], w[:, :, 1:], 1, "VALID")


def _turned(x, w):
    return tf.transpose(
        tf.nn.conv2d(tf.transpose(x, [0, 2, 1, 3]), tf.transpose(w, [1, 0, 2, 3]), 1, "VALID"), [0, 2, 1, 3]
    )


def _padded(x, w):
    return tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), w, 1, "VALID")


def _spaced(x, w):
    """A dilated kernel, with its zeros written out."""
    rows = tf.stack([w[0], tf.zeros_like(w[0]), w[1], tf.zeros_like(w[0]), w[2]], 0)
    columns = [rows[:, 0], tf.zeros_like(rows[:, 0]), rows[:, 1], tf.zeros_like(rows[:, 0]), rows[:, 2]]
    return tf.nn.conv2d(x, tf.stack(columns, 1), 1, "VALID")


def _banded(x, w):
    """A convolution of eight steps as one matrix that holds the kernel six times."""
    columns = [tf.pad(w, [[o, 5 - o], [0, 0], [0, 0]]) for o in range(6)]
    return tf.einsum("ntc,otcf->nof", x, tf.stack(columns))


convolved = weighted(lambda x, w: tf.nn.conv2d(x, w, 1, "VALID"), **IMAGE)
convolved_patches = weighted(_patches, **IMAGE)
convolved_shifted = weighted(_shifted, **IMAGE)
convolved_in_halves = weighted(_in_halves, **IMAGE)
convolved_turned = weighted(_turned, **IMAGE)
convolved_one_by_one = weighted(
    lambda x, w: tf.map_fn(lambda one: tf.nn.conv2d(one[None], w, 1, "VALID")[0], x), **IMAGE
)
convolved_same = weighted(lambda x, w: tf.nn.conv2d(x, w, 1, "SAME"), **IMAGE)
convolved_padded = weighted(_padded, **IMAGE)
convolved_strided = weighted(lambda x, w: tf.nn.conv2d(x, w, 2, "VALID"), **IMAGE)
convolved_and_thinned = weighted(lambda x, w: tf.nn.conv2d(x, w, 1, "VALID")[:, ::2, ::2], **IMAGE)
convolved_dilated = weighted(lambda x, w: tf.nn.conv2d(x, w, 1, "VALID", dilations=2), **IMAGE)
convolved_spaced = weighted(_spaced, **IMAGE)
depthwise = weighted(lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID"), **IMAGE)
depthwise_grouped = weighted(_grouped, **IMAGE)
signal = weighted(lambda x, w: tf.nn.conv1d(x, w, 1, "VALID"), **SIGNAL)
signal_as_image = weighted(lambda x, w: tf.nn.conv2d(x[:, None], w[None], 1, "VALID")[:, 0], **SIGNAL)
signal_banded = weighted(_banded, **SIGNAL)
signal_shifted = weighted(lambda x, w: tf.add_n([tf.tensordot(x[:, k : k + 6], w[k], 1) for k in range(3)]), **SIGNAL)
transposed = weighted(
    lambda x, w: tf.nn.conv2d_transpose(x, w, tf.concat([tf.shape(x)[:1], [9, 8, 2]], 0), 1, "VALID"),
    kernel=(3, 3, 2, 4),
)
transposed_flipped = weighted(
    lambda x, w: tf.nn.conv2d(
        tf.pad(x, [[0, 0], [2, 2], [2, 2], [0, 0]]), tf.transpose(w[::-1, ::-1], [0, 1, 3, 2]), 1, "VALID"
    ),
    kernel=(3, 3, 2, 4),
)
convolved_cubes = weighted(lambda x, w: tf.nn.conv3d(x, w[None], [1] * 5, "VALID"), **IMAGE)
convolved_slices = weighted(lambda x, w: tf.stack([tf.nn.conv2d(x[:, d], w, 1, "VALID") for d in range(3)], 1), **IMAGE)

pooled = stateless(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"))
pooled_by_reduction = stateless(lambda x: tf.reduce_max(tf.reshape(x, [-1, 4, 2, 3, 2, 2]), [2, 4]))
pooled_by_maximum = stateless(
    lambda x: tf.maximum(tf.maximum(x[:, ::2, ::2], x[:, ::2, 1::2]), tf.maximum(x[:, 1::2, ::2], x[:, 1::2, 1::2]))
)
averaged = stateless(lambda x: tf.nn.avg_pool2d(x, 2, 2, "VALID"))
averaged_by_reduction = stateless(lambda x: tf.reduce_mean(tf.reshape(x, [-1, 4, 2, 3, 2, 2]), [2, 4]))
averaged_by_convolution = stateless(
    lambda x: tf.nn.conv2d(x, tf.constant(np.eye(2)[None, None] * np.full((2, 2, 1, 1), 0.25), x.dtype), 2, "VALID")
)
averaged_wholly = stateless(lambda x: tf.reduce_mean(x, [1, 2]))
averaged_twice = stateless(lambda x: tf.reduce_mean(tf.reduce_mean(x, 1), 1))
greatest_wholly = stateless(lambda x: tf.reduce_max(x, [1, 2]))
greatest_of_greatest = stateless(lambda x: tf.reduce_max(tf.reduce_max(x, 2), 1))


def upsampled():
    return keras().layers.UpSampling2D(2)


upsampled_by_gather = stateless(
    lambda x: tf.gather(tf.gather(x, np.arange(16) // 2, axis=1), np.arange(12) // 2, axis=2)
)
upsampled_by_stack = stateless(
    lambda x: tf.reshape(tf.tile(x[:, :, None, :, None], [1, 1, 2, 1, 2, 1]), [-1, 16, 12, 2])
)
to_depth = stateless(lambda x: tf.nn.space_to_depth(x, 2))
to_depth_by_transposing = stateless(
    lambda x: tf.reshape(tf.transpose(tf.reshape(x, [-1, 4, 2, 3, 2, 2]), [0, 1, 3, 2, 4, 5]), [-1, 4, 3, 8])
)
masked = stateless(lambda x, m: x * tf.cast(m, x.dtype)[..., None])
masked_by_choice = stateless(lambda x, m: tf.where(tf.tile(m[..., None], [1, 1, 3]), x, tf.zeros_like(x)))

PAIRS = [
    *(
        pair("matmul", name, "float32[n 5]")
        for name in ("by_einsum", "by_tensordot", "by_sum", "by_transposed", "by_columns", "by_parts", "by_rows")
    ),
    pair("matmul", "by_convolution", "float32[n 5]", where="tensorflow>=2"),
    pair("matmul", "by_parts", "float32[n 5]", claims="gradients"),
    pair("affine", "affine_of_one", "float32[n 5]"),
    pair("affine", "affine_from_bias", "float32[n 5]", claims="gradients"),
    pair("dense", "affine", "float32[n 5]"),
    pair("dense", "affine_of_one", "float32[n 5]", claims="gradients training"),
    pair("dense_tanh", "affine_tanh", "float32[n 5]", claims="gradients"),
    pair("time_distributed_dense", "affine_of_rows", "float32[n 4 5]"),
    pair("two_left", "two_right", "float32[n 5]"),
    pair("gram", "gram_by_einsum", "float32[n 4 3]"),
    pair("gram", "gram_by_sum", "float64[n 4 3]"),
    pair("embedded", "by_one_hot", "int32[n t]"),
    pair("embedding_layer", "by_one_hot", "int32[n t]"),
    pair("convolved", "convolved_patches", "float32[n 7 6 2]"),
    pair("convolved", "convolved_shifted", "float32[n 7 6 2]"),
    pair("convolved", "convolved_in_halves", "float32[n 7 6 2]"),
    pair("convolved", "convolved_turned", "float32[n 7 6 2]"),
    pair("convolved", "convolved_one_by_one", "float32[n 7 6 2]"),
    pair("convolved", "convolved_patches", "float32[n 7 6 2]", claims="gradients"),
    pair("convolved_same", "convolved_padded", "float32[n 7 6 2]"),
    pair("convolved_strided", "convolved_and_thinned", "float32[n 7 6 2]"),
    pair("convolved_dilated", "convolved_spaced", "float32[n 7 6 2]"),
    pair("depthwise", "depthwise_grouped", "float32[n 7 6 2]"),
    pair("signal", "signal_as_image", "float32[n 8 2]"),
    pair("signal", "signal_banded", "float32[n 8 2]"),
    pair("signal", "signal_shifted", "float32[n 8 2]"),
    pair("transposed", "transposed_flipped", "float32[n 7 6 4]"),
    pair("convolved_cubes", "convolved_slices", "float32[n 3 7 6 2]"),
    pair("pooled", "pooled_by_reduction", "float32[n 8 6 2]"),
    pair("pooled", "pooled_by_maximum", "float32[n 8 6 2]"),
    pair("averaged", "averaged_by_reduction", "float32[n 8 6 2]"),
    pair("averaged", "averaged_by_convolution", "float32[n 8 6 2]"),
    pair("averaged_wholly", "averaged_twice", "float32[n 8 6 2]"),
    pair("greatest_wholly", "greatest_of_greatest", "float32[n 8 6 2]"),
    pair("upsampled", "upsampled_by_gather", "float32[n 8 6 2]"),
    pair("upsampled", "upsampled_by_stack", "float32[n 8 6 2]"),
    pair("to_depth", "to_depth_by_transposing", "float32[n 8 6 2]"),
    pair("masked", "masked_by_choice", "float32[n t 3]", "bool[n t]"),
]
