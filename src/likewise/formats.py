"""Files that keep a program or its weights: how each format saves a side, and what loads from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional

import numpy as np
from packaging.version import Version

from likewise import nest
from likewise.cell import current, keras, tensorflow
from likewise.program import Source
from likewise.trial import Remade, Side

__all__ = [
    "FORMATS",
    "Format",
    "custom_objects",
    "has_config",
    "is_layer",
    "load_by_saver",
    "load_weights",
    "save_by_saver",
    "save_weights",
]


@dataclass(frozen=True)
class Format:
    """One kind of file.

    - why_not: why a side has no such file, or None where it has.
    - kept: saves a side, with its values, under a path, and gives what comes of the file: the program in it, or a fresh
      one of the side's own that loads its weights. It raises whatever saving raises, and so does what it gives.
    - promised: whether a side that has such a file comes back from it, by what Keras and TensorFlow promise.
    """

    name: str
    why_not: Callable[[Side], Optional[str]]
    kept: Callable[[Side, str], Remade]
    promised: Callable[[Side], bool] = lambda _: True


def is_layer(side: Side) -> bool:
    """Whether the program is a Keras layer or model."""
    return isinstance(side.program.function, keras().layers.Layer)


def has_config(side: Side) -> bool:
    """Whether each class of the user's in it tells its own config; Keras guesses that of others, and may fail."""
    if not is_layer(side):
        return True
    return all(not _is_of_keras(_teller(each)) for each in custom_objects(side.program.function).values())


def _teller(kind: Any) -> Any:
    """The class that a class has its ``get_config`` from."""
    return next(each for each in kind.__mro__ if "get_config" in vars(each))


def _is_of_keras(kind: Any) -> bool:
    return str(kind.__module__).startswith(("keras.", "tf_keras.", "tensorflow.", "tensorflow_core."))


def custom_objects(layer: Any) -> Dict[str, Any]:
    """The user's own classes among a layer and the layers in it, by name, as Keras wants to be told them."""
    flattened = getattr(layer, "_flatten_layers", None)
    layers = list(flattened()) if flattened is not None else [layer, *layer.submodules]
    return {type(each).__name__: type(each) for each in layers if not _is_of_keras(type(each))}


# The names of variables: TF1's Saver.


def _no_saver(side: Side) -> Optional[str]:
    if side.session is None:
        return "there is no session"
    if not side.variables:
        return "it has no variables"
    return _no_fresh_one(side)


def _kept_by_saver(side: Side, path: str) -> Remade:
    save_by_saver(side, path)
    return _fresh(side, lambda new: load_by_saver(new, path))


def save_by_saver(side: Side, path: str) -> None:
    """Save the variables by their names."""
    with side.scope():
        tensorflow().compat.v1.train.Saver(_named(side)).save(side.session, path, write_meta_graph=False)


def load_by_saver(side: Side, path: str) -> None:
    """Load the variables of these names; what TensorFlow raises for a name that is not there, it raises."""
    with side.scope():
        tensorflow().compat.v1.train.Saver(_named(side)).restore(side.session, path)


def _named(side: Side) -> Dict[str, Any]:
    return {
        plain.name.partition(":")[0]: variable
        for plain, variable in zip(side.variables, side.program.catch.made)
        if plain.kind != "rng"
    }


# The objects that a program consists of: TF2's checkpoints.


def _no_checkpoint(side: Side) -> Optional[str]:
    if not isinstance(side.program.function, (tensorflow().Module, keras().layers.Layer)):
        return "a function has no objects to follow"
    return _no_fresh_one(side)


def _kept_in_checkpoint(side: Side, path: str) -> Remade:
    with side.scope():
        prefix = tensorflow().train.Checkpoint(program=side.program.function).save(path)

    def load(new: Side) -> None:
        with new.scope():
            status = tensorflow().train.Checkpoint(program=new.program.function).restore(prefix)
            if new.session is not None:
                status.run_restore_ops(new.session)

    return _fresh(side, load)


# The weights of a Keras model.


def _no_weights(side: Side) -> Optional[str]:
    if not hasattr(side.program.function, "save_weights"):
        return "it is no model that saves weights"
    return _no_eager_keras(side) or _no_fresh_one(side)


def _kept_as_weights(side: Side, path: str) -> Remade:
    save_weights(side, path)
    return _fresh(side, lambda new: load_weights(new, path))


def save_weights(side: Side, path: str) -> None:
    """Save a Keras model's weights."""
    model: Any = side.program.function
    with side.scope():
        model.save_weights(_weights_file(path))


def load_weights(side: Side, path: str, *, by_name: bool = False) -> None:
    """Load them into a Keras model.

    - by_name: by the names of the layers (Keras 3 goes by their places in the model even so: its by_name is for
      older files).
    """
    model: Any = side.program.function
    options = {"by_name": True} if by_name and current().generation < 3 else {}
    with side.scope():
        model.load_weights(_weights_file(path), **options)


def _weights_file(path: str) -> str:
    return path + (".h5" if current().generation < 3 else ".weights.h5")


# A whole Keras model.


def _no_h5(side: Side) -> Optional[str]:
    return _no_eager_keras(side) or _no_layer(side)


def _no_keras(side: Side) -> Optional[str]:
    if Version(current().keras) < Version("2.12"):
        return f"keras={current().keras} has no such format; 2.12 has"
    if side.session is not None:
        return "it is read and written eagerly only"
    return _no_layer(side)


def _is_no_subclass(side: Side) -> bool:
    """Whether it is a layer, or a functional or sequential model: of others HDF5 has the weights alone."""
    model: Any = side.program.function
    kinds = {kind.__name__ for kind in type(model).__mro__}
    known = kinds & {"Functional", "Sequential"} or getattr(model, "_is_graph_network", False)
    return bool(known) or not isinstance(model, keras().Model)


def _kept_as_h5(side: Side, path: str) -> Remade:
    return _kept_whole(side, path + ".h5")


def _kept_as_keras(side: Side, path: str) -> Remade:
    return _kept_whole(side, path + ".keras")


def _kept_whole(side: Side, file: str) -> Remade:
    with side.scope():
        as_model(side).save(file)
    objects = custom_objects(side.program.function)
    found: Dict[int, np.ndarray] = {}

    def load() -> Any:
        return keras().models.load_model(file, custom_objects=objects, compile=False)

    def load_in_graph() -> Any:
        # The session that will run the program initializes its variables: what is loaded is kept until then.
        with tensorflow().compat.v1.Session() as session:
            model = load()
            found.update((id(variable), session.run(variable)) for variable in model.variables)
            return model

    def values(new: Side) -> Dict[int, np.ndarray]:
        if new.session is None:
            return new.read()
        return {
            place: found[id(variable)] for place, variable in enumerate(new.program.catch.made) if id(variable) in found
        }

    return Remade(Source(side.program.source.who, load if side.session is None else load_in_graph), values)


def as_model(side: Side) -> Any:
    """The program if it is a Keras model, else a model around the layer: Keras saves models only."""
    layer: Any = side.program.function
    if isinstance(layer, keras().Model):
        return layer
    inputs, outputs = side.symbolic()
    return keras().Model(inputs, outputs)


# A graph with its variables.


def _no_saved_model(side: Side) -> Optional[str]:
    if side.session is not None:
        return "it is written eagerly only"
    if not isinstance(side.program.function, (tensorflow().Module, keras().layers.Layer)):
        return "a function has no objects to follow"
    return None


def _kept_as_saved_model(side: Side, path: str) -> Remade:
    tf = tensorflow()
    specs = [tf.TensorSpec(shape, array.dtype) for shape, array in zip(side.signature, side.inputs.arrays)]
    program, nested = side.program, side.inputs.nested
    holder = tf.Module()
    holder.program = program.function
    # A function of flat tensors, since a file has no tuples.
    holder.call = tf.function(lambda *leaves: program.called(nest.pack(nested, list(leaves))), input_signature=specs)
    tf.saved_model.save(holder, path)

    def load() -> Any:
        loaded = tf.compat.v2.saved_model.load(path)  # in TensorFlow 1 the other one is for sessions

        def call(*inputs: Any) -> Any:
            given = inputs if isinstance(nested, tuple) else inputs[0]
            return loaded.call(*(leaf for _, leaf in nest.flatten(given)))

        return call

    return Remade(Source(program.source.who, load), Side.read)


# What several have in common.


def _no_layer(side: Side) -> Optional[str]:
    return None if is_layer(side) else "it is no Keras layer or model"


def _no_eager_keras(side: Side) -> Optional[str]:
    if side.session is not None and current().generation >= 3:
        return "Keras 3 reads and writes eagerly only"
    return None


def _no_fresh_one(side: Side) -> Optional[str]:
    return "it was built before, so there is no fresh one that could load" if side.program.source.built else None


def _fresh(side: Side, load: Callable[[Side], None]) -> Remade:
    """A fresh program of the side's own, which loads its values by itself."""

    def values(new: Side) -> Dict[int, np.ndarray]:
        load(new)
        return new.read()

    return Remade(side.program.source, values)


#: All formats, by what users call them.
FORMATS = (
    Format(".keras", _no_keras, _kept_as_keras, has_config),
    Format(".h5", _no_h5, _kept_as_h5, _is_no_subclass),
    Format("SavedModel", _no_saved_model, _kept_as_saved_model),
    Format("save_weights", _no_weights, _kept_as_weights),
    Format("tf.train.Checkpoint", _no_checkpoint, _kept_in_checkpoint),
    Format("Saver", _no_saver, _kept_by_saver),
)
