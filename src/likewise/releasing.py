"""Memory that thousands of small programs left: found sooner, and given back to the system."""

from __future__ import annotations

import ctypes
import functools
import gc

from likewise.cell import tensorflow

__all__ = ["release", "spare"]


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


@functools.lru_cache(maxsize=None)
def spare() -> None:
    """Spare the garbage collector what is there already, once: it would go through TensorFlow's modules time and again.

    They are 200,000 to 300,000 objects, and each time takes 0.1 to 0.25 s.
    """
    tensorflow()
    gc.collect()
    gc.freeze()
