"""Memory that thousands of small programs left, given back to the system."""

from __future__ import annotations

import ctypes
import gc

from likewise.cell import tensorflow

__all__ = ["release"]


def release() -> None:
    """Collect what nobody refers to, drop the kernels that are cached, and have glibc hand over what is free.

    TensorFlow keeps a kernel for each operation and setting that was ever run eagerly, some 50 KB a structure.
    """
    gc.collect()
    if tensorflow().executing_eagerly():
        from tensorflow.python.eager import context  # keras.backend.clear_session() does so, and drops graphs as well

        clear = getattr(context.context(), "clear_kernel_cache", None)  # from TensorFlow 2.1 on
        if clear is not None:
            clear()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
