"""A layer's config, through JSON and back, makes an equivalent layer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional

import numpy as np

from likewise.cell import Cell, keras, tensorflow
from likewise.comparison import Finding, merged
from likewise.formats import custom_objects, has_config, is_layer
from likewise.holding import Unseen, each_alone, own
from likewise.program import Source
from likewise.trial import Remade, Side, Trial
from likewise.variable import own_variables

__all__ = ["Config", "config"]

#: What a config tells of the shapes that a layer happened to be built with, which is no setting.
BUILT_WITH = ("build_config", "build_input_shape")

BEFORE = "before it was rebuilt"


@dataclass(frozen=True)
class Config:
    """``get_config``, JSON and ``from_config`` give a layer of the same config, which computes the same.

    Each side that is a layer or model is held against its own rebuilt self, with the same values in the variables. A
    class of the user's that has no ``get_config`` is not compared, and neither is a function. Where both sides have a
    config and cannot be rebuilt from it, both fail.
    """

    name: str = "config"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is no config")

        def found(place: int) -> Finding:
            side = trial.sides[place]
            with trial.remade(place, lambda each: _rebuilt(each, trial.values[place])) as rebuilt:
                finding = own(self.name, rebuilt, BEFORE)
                lost = [*_other_variables(side, rebuilt.sides[1]), *_other_settings(side, rebuilt.sides[1])]
            settings = Finding(self.name, "different" if lost else "identical", 1, message="\n".join(lost))
            return merged([settings, finding])[self.name]

        promised = "come back from their configs" if all(map(has_config, trial.sides)) else ""
        return each_alone(self.name, "come back from its config", found, promised=promised)


def _config(side: Side) -> Any:
    """The config after its way through JSON. Raises Unseen where there is none, TypeError for what is not of JSON."""
    layer: Any = side.program.function
    if not is_layer(side):
        raise Unseen("it is no Keras layer or model, so it has no config")
    try:
        with side.scope():
            told = layer.get_config()
    except NotImplementedError as error:  # how Keras says that a class of the user's has none
        # (up to TensorFlow 2.1 without a word)
        raise Unseen(": ".join(["it has no get_config", *str(error).strip().splitlines()[:1]])) from error
    return json.loads(json.dumps(told, default=_as_list))


def _as_list(value: Any) -> Any:
    """A TensorShape, which Keras 2.15 leaves in a Sequential's config and its own JSON knows. Raises TypeError."""
    if isinstance(value, tensorflow().TensorShape):
        return None if value.rank is None else value.as_list()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _rebuilt(side: Side, values: Dict[int, np.ndarray]) -> Remade:
    told = _config(side)
    kind: Any = type(side.program.function)
    objects = custom_objects(side.program.function)

    def rebuild() -> Any:
        with keras().utils.custom_object_scope(objects):
            return kind.from_config(json.loads(json.dumps(told)))  # a copy, since some take theirs to pieces

    def handed(new: Side) -> Dict[int, np.ndarray]:
        # As set_weights(get_weights()) does: names and the order of creation may be others.
        return {
            other: values[one]
            for one, other in zip(_own_places(side), _own_places(new))
            if side.variables[one].shape == new.variables[other].shape
        }

    return Remade(Source(side.program.source.who, rebuild), handed)


def _own_places(side: Side) -> List[int]:
    """The places of the variables that the layer knows as its own, in its order; it may have made others.

    (Keras 3 builds the layer in a Bidirectional's config, and then makes two more of it.)
    """
    places = {id(variable): place for place, variable in enumerate(side.program.catch.made)}
    return [places[id(each)] for each in own_variables(side.program.function) if id(each) in places]


def _other_variables(side: Side, rebuilt: Side) -> Iterator[str]:
    before, after = ([each.variables[place] for place in _own_places(each)] for each in (side, rebuilt))
    for one, other in zip(before, after):
        if (one.shape, one.dtype, one.trainable) != (other.shape, other.dtype, other.trainable):
            yield f"{other}, but {one} {BEFORE}"
    if len(before) != len(after):
        yield f"{len(after)} variables, but {len(before)} {BEFORE}"


def _other_settings(side: Side, rebuilt: Side) -> Iterator[str]:
    before, after = dict(_settings("", _config(side))), dict(_settings("", _config(rebuilt)))
    for path in sorted({*before, *after}):
        one, other = before.get(path, "nothing"), after.get(path, "nothing")
        if one != other:
            yield f"config{path}={other}, but {one} {BEFORE}"


def _settings(path: str, told: Any) -> Iterator[Any]:
    """The settings of a config, one by one: path and text."""
    if isinstance(told, (dict, list)) and told:
        for key, value in told.items() if isinstance(told, dict) else enumerate(told):
            if key not in BUILT_WITH:
                yield from _settings(f"{path}[{key!r}]", value)
    else:
        yield path, json.dumps(told)


#: From its config, an equivalent layer.
config = Config()
