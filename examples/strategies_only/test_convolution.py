"""A convolution out of scipy's parts is the sum that defines one; likewise_strategies draws the settings."""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis import given
from scipy import signal

from likewise_strategies import ConvConfig, ConvVideo, bits, conv_configs, conv_videos


def kernel_for(case: ConvVideo) -> np.ndarray:
    shape = (*case.conv.kernel_size, case.video.shape[-1], case.conv.filters)
    return bits.normal(case.seed, "kernel", shape, "float64")


def padded(images: np.ndarray, config: ConvConfig) -> np.ndarray:
    if config.padding == "valid":
        return images
    widths = []
    for side, output, kernel, stride, rate in zip(
        images.shape[1:3],
        config.output_size(images.shape[1:3]),
        config.kernel_size,
        config.strides,
        config.dilation_rate,
    ):
        total = max((output - 1) * stride + (kernel - 1) * rate + 1 - side, 0)
        widths.append((total // 2, total - total // 2))
    return np.pad(images, [(0, 0), *widths, (0, 0)], mode="constant")


def by_definition(images: np.ndarray, kernel: np.ndarray, config: ConvConfig) -> np.ndarray:
    """Sum over the window at each place: images [n h w c], kernel [h w c filters]."""
    height, width = config.output_size(images.shape[1:3])
    (down, right), (below, beside) = config.strides, config.dilation_rate
    images = padded(images, config)
    output = np.zeros((len(images), height, width, config.filters))
    for y in range(height):
        for x in range(width):
            for i, j in np.ndindex(*config.kernel_size):
                output[:, y, x] += images[:, y * down + i * below, x * right + j * beside] @ kernel[i, j]
    return output


def by_scipy(images: np.ndarray, kernel: np.ndarray, config: ConvConfig) -> np.ndarray:
    """Spread the kernel by the dilation, let scipy slide it over every place, and keep each stride's."""
    spread = [(length - 1) * rate + 1 for length, rate in zip(kernel.shape[:2], config.dilation_rate)]
    dilated = np.zeros((*spread, *kernel.shape[2:]))
    dilated[:: config.dilation_rate[0], :: config.dilation_rate[1]] = kernel
    images = padded(images, config)
    slid = [
        signal.correlate(images, dilated[np.newaxis, ..., filter_], mode="valid")[..., 0]
        for filter_ in range(config.filters)
    ]
    return np.stack(slid, axis=-1)[:, :: config.strides[0], :: config.strides[1]]


def check(case: ConvVideo) -> None:
    images = case.video.array().reshape(-1, *case.video.shape[2:]).astype("float64")
    kernel = kernel_for(case)
    expected = by_definition(images, kernel, case.conv)
    assert expected.shape[1:3] == case.conv.output_size(images.shape[1:3])
    np.testing.assert_allclose(
        by_scipy(images, kernel, case.conv), expected, rtol=1e-9, atol=1e-9 * max(np.abs(images).max(), 1e-300)
    )


@given(...)  # by the type of the argument, which Hypothesis finds through likewise's entry point
def test_scipy_slides_as_defined(case: ConvVideo) -> None:
    check(case)


@given(conv_videos(conv=partial(conv_configs, min_kernel=2, max_strides=1), kinds=("ramp", "one-hot", "normal")))
def test_dilated_kernels_too(case: ConvVideo) -> None:
    check(case)
