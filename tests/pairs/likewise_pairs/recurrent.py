"""Recurrent networks by hand and by other loops, attention, and layers put together in another way."""

from __future__ import annotations

import tensorflow as tf

from likewise.cell import keras
from likewise_pairs.pair import moderate, pair, stateless, weighted

LSTM = {"kernel": (2, 12), "recurrent_kernel": (3, 12), "bias": (12,)}
GRU = {"kernel": (2, 9), "recurrent_kernel": (3, 9), "bias": (2, 9)}
SIMPLE = {"kernel": (2, 3), "recurrent_kernel": (3, 3), "bias": (3,)}
STEPS = 5


def _layers():
    return keras().layers


def _lstm_step(x, state, kernel, recurrent, bias):
    hidden, cell = state
    i, f, c, o = tf.split(tf.matmul(x, kernel) + tf.matmul(hidden, recurrent) + bias, 4, -1)
    cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(c)
    return tf.sigmoid(o) * tf.tanh(cell), cell


def _zeros(x, units=3):
    return tf.zeros([tf.shape(x)[0], units], x.dtype)


def _lstm(x, *weights):
    state = (_zeros(x), _zeros(x))
    for step in range(STEPS):
        state = _lstm_step(x[:, step], state, *weights)
    return state[0]


def _lstm_at_once(x, kernel, recurrent, bias):
    """All inputs are multiplied beforehand, and the gates are one product of both."""
    ahead = tf.einsum("ntc,cg->ntg", x, kernel)
    hidden = cell = _zeros(x)
    for step in range(STEPS):
        gates = tf.matmul(hidden, recurrent) + (bias + ahead[:, step])
        i, f, c, o = (gates[:, 3 * place : 3 * place + 3] for place in range(4))
        cell = cell * tf.sigmoid(f) + tf.tanh(c) * tf.sigmoid(i)
        hidden = tf.tanh(cell) * tf.sigmoid(o)
    return hidden


def _lstm_while(x, *weights):
    return tf.while_loop(
        lambda step, *_: step < STEPS,
        lambda step, hidden, cell: (step + 1, *_lstm_step(x[:, step], (hidden, cell), *weights)),
        (tf.constant(0), _zeros(x), _zeros(x)),
    )[1]


def _gru(x, kernel, recurrent, bias):
    hidden = _zeros(x)
    for step in range(STEPS):
        z, r, h = tf.split(tf.matmul(x[:, step], kernel) + bias[0], 3, -1)
        back_z, back_r, back_h = tf.split(tf.matmul(hidden, recurrent) + bias[1], 3, -1)
        update = tf.sigmoid(z + back_z)
        hidden = update * hidden + (1 - update) * tf.tanh(h + tf.sigmoid(r + back_r) * back_h)
    return hidden


def _simple(x, kernel, recurrent, bias):
    hidden = _zeros(x)
    for step in range(STEPS):
        hidden = tf.tanh(tf.matmul(x[:, step], kernel) + tf.matmul(hidden, recurrent) + bias)
    return hidden


def _simple_joined(x, kernel, recurrent, bias):
    """One product of the input and the state side by side."""
    hidden, both = _zeros(x), tf.concat([recurrent, kernel], 0)
    for step in range(STEPS):
        hidden = tf.tanh(tf.matmul(tf.concat([hidden, x[:, step]], -1), both) + bias)
    return hidden


def _simple_scan(x, kernel, recurrent, bias):
    def step(hidden, each):
        return tf.tanh(tf.matmul(each, kernel) + tf.matmul(hidden, recurrent) + bias)

    return tf.scan(step, tf.transpose(x, [1, 0, 2]), initializer=_zeros(x))[-1]


def _simple_while(x, kernel, recurrent, bias):
    return tf.while_loop(
        lambda step, _: step < STEPS,
        lambda step, h: (step + 1, tf.tanh(tf.matmul(x[:, step], kernel) + tf.matmul(h, recurrent) + bias)),
        (tf.constant(0), _zeros(x)),
    )[1]


lstm_by_hand = weighted(_lstm, **LSTM)
lstm_at_once = weighted(_lstm_at_once, **LSTM)
lstm_by_while = weighted(_lstm_while, **LSTM)
gru_by_hand = weighted(_gru, **GRU)
simple_by_hand = weighted(_simple, **SIMPLE)
simple_joined = weighted(_simple_joined, **SIMPLE)
simple_by_scan = weighted(_simple_scan, **SIMPLE)
simple_by_while = weighted(_simple_while, **SIMPLE)


def lstm():
    return _layers().LSTM(3, recurrent_activation="sigmoid")


def lstm_unrolled():
    return _layers().LSTM(3, recurrent_activation="sigmoid", unroll=True)


def lstm_of_cell():
    return _layers().RNN(_layers().LSTMCell(3, recurrent_activation="sigmoid"))


def lstm_backwards():
    return _layers().LSTM(3, recurrent_activation="sigmoid", go_backwards=True)


def lstm_of_reversed():
    layer = lstm()
    return lambda x: layer(tf.reverse(x, [1]))


def lstm_last():
    layer = _layers().LSTM(3, recurrent_activation="sigmoid", return_sequences=True)
    return lambda x: layer(x)[:, -1]


def gru():
    return _layers().GRU(3, recurrent_activation="sigmoid", reset_after=True)


def simple():
    return _layers().SimpleRNN(3)


def bidirectional():
    return _layers().Bidirectional(_layers().LSTM(3, recurrent_activation="sigmoid", return_sequences=True))


def bidirectional_by_hand():
    there, back = (
        _layers().LSTM(3, recurrent_activation="sigmoid", return_sequences=True, go_backwards=backwards)
        for backwards in (False, True)
    )
    return lambda x: tf.concat([there(x), tf.reverse(back(x), [1])], -1)


def stacked_cells():
    cells = [_layers().SimpleRNNCell(3), _layers().SimpleRNNCell(2)]
    return _layers().RNN(cells)


def stacked_layers():
    first, second = _layers().SimpleRNN(3, return_sequences=True), _layers().SimpleRNN(2)
    return lambda x: second(first(x))


def _attended(x, scores):
    return tf.matmul(tf.nn.softmax(scores), x)


attention = stateless(lambda x: _attended(x, tf.matmul(moderate(x), moderate(x), transpose_b=True) / 2))
attention_by_einsum = stateless(
    lambda x: tf.einsum("nts,nsc->ntc", tf.nn.softmax(tf.einsum("ntc,nsc->nts", moderate(x) / 2, moderate(x))), x)
)


def _attention_row_by_row(x):
    found = []
    for step in range(4):
        scores = tf.reduce_sum(moderate(x)[:, step : step + 1] * moderate(x), -1) / 2
        powers = tf.exp(scores - tf.reduce_max(scores, -1, keepdims=True))
        found.append(tf.reduce_sum(powers[..., None] * x, 1) / tf.reduce_sum(powers, -1, keepdims=True))
    return tf.stack(found, 1)


attention_row_by_row = stateless(_attention_row_by_row)


def attention_layer():
    layer = _layers().Attention()
    return lambda x: layer([moderate(x), moderate(x)])


attention_layer_by_hand = stateless(
    lambda x: tf.matmul(tf.nn.softmax(tf.matmul(moderate(x), moderate(x), transpose_b=True)), moderate(x))
)


def separable():
    return _layers().SeparableConv2D(3, 3)


def separable_by_hand():
    depth, point, bias = ((3, 3, 2, 1), (1, 1, 2, 3), (3,))
    return weighted(
        lambda x, d, p, b: tf.nn.conv2d(tf.nn.depthwise_conv2d(x, d, [1, 1, 1, 1], "VALID"), p, 1, "VALID") + b,
        depthwise_kernel=depth,
        pointwise_kernel=point,
        bias=bias,
    )()


def dense_twice():
    first, second = _layers().Dense(4, activation="tanh"), _layers().Dense(3)
    return lambda x: second(first(x))


def dense_in_model():
    return keras().Sequential([_layers().Dense(4, activation="tanh"), _layers().Dense(3)])


def dense_with_dropout():
    first, second, dropout = _layers().Dense(4, activation="tanh"), _layers().Dense(3), _layers().Dropout(0.5)
    return lambda x: second(dropout(first(x)))


def batch_normalized():
    return _layers().BatchNormalization()


def batch_normalized_in_model():
    return keras().Sequential([_layers().BatchNormalization()])


PAIRS = [
    pair("lstm", "lstm_by_hand", "float32[n 5 2]"),
    pair("lstm", "lstm_at_once", "float32[n 5 2]"),
    pair("lstm", "lstm_at_once", "float32[n 5 2]", claims="gradients"),
    pair("lstm_by_hand", "lstm_by_while", "float32[n 5 2]"),
    pair("lstm_by_hand", "lstm_at_once", "float32[n 5 2]"),
    pair("lstm", "lstm_unrolled", "float32[n 5 2]"),
    pair("lstm", "lstm_of_cell", "float32[n t 2]"),
    pair("lstm", "lstm_last", "float32[n t 2]"),
    pair("lstm_backwards", "lstm_of_reversed", "float32[n t 2]"),
    pair("gru", "gru_by_hand", "float32[n 5 2]"),
    pair("gru", "gru_by_hand", "float32[n 5 2]", claims="gradients"),
    pair("simple", "simple_by_hand", "float32[n 5 2]"),
    pair("simple_by_hand", "simple_joined", "float32[n 5 2]"),
    pair("simple_by_hand", "simple_by_scan", "float32[n 5 2]"),
    pair("simple_by_hand", "simple_by_while", "float32[n 5 2]"),
    pair("simple", "simple_joined", "float32[n 5 2]", claims="gradients training"),
    pair("bidirectional", "bidirectional_by_hand", "float32[n t 2]"),
    pair("stacked_cells", "stacked_layers", "float32[n t 2]"),
    pair("attention", "attention_by_einsum", "float32[n 4 3]"),
    pair("attention", "attention_row_by_row", "float32[n 4 3]"),
    pair("attention_layer", "attention_layer_by_hand", "float32[n 4 3]"),
    pair("separable", "separable_by_hand", "float32[n 7 6 2]"),
    pair("dense_twice", "dense_in_model", "float32[n 5]", claims="gradients training"),
    pair("dense_twice", "dense_with_dropout", "float32[n 5]"),
    pair("batch_normalized", "batch_normalized_in_model", "float32[n 5]", claims="updates training"),
]
