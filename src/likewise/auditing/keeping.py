"""Mutants of what a layer tells of itself, and of what is kept of it in files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, Optional

from likewise.auditing.mutant import Mutant, Sample, built_by, candidate_of
from likewise.cell import keras
from likewise.formats import is_layer
from likewise.program import Source
from likewise.trial import Trial

__all__ = ["mutants"]

KIND = "keeping"

#: What a config holds beside the settings of a layer, and what Keras can do without.
_NO_SETTINGS = ("name", "trainable", "dtype", "batch_input_shape", "batch_shape", "build_config", "build_input_shape")


def mutants(_: Sample) -> Iterator[Mutant]:
    """One a mistake; a law is asked for those that its claims are about."""
    yield Mutant(
        "a setting lost from the config", KIND, "get_config leaves one out", candidate=_forgetting, needs=("config",)
    )
    yield Mutant(
        "variables not kept",
        KIND,
        "Keras knows none of its layers",
        candidate=_untracked,
        needs=("saving", "checkpoint"),
    )


def _forgetting(trial: Trial) -> Optional[Source]:
    def lost(layer: Any) -> Any:
        told: Callable[[], Dict[str, Any]] = layer.get_config

        def get_config() -> Dict[str, Any]:
            config = dict(told())
            for name in [each for each in config if each not in _NO_SETTINGS][:1]:
                del config[name]
            return config

        layer.get_config = get_config
        return layer

    return _of_a_layer(trial, lost)


def _untracked(trial: Trial) -> Optional[Source]:
    def hidden(layer: Any) -> Any:
        class Hiding(keras().Model):  # type: ignore[misc]
            def call(self, inputs: Any) -> Any:
                return layer(inputs)

        return Hiding(name=layer.name)

    # (without variables there is nothing to lose)
    return _of_a_layer(trial, hidden) if trial.pairing.candidate else None


def _of_a_layer(trial: Trial, change: Callable[[Any], Any]) -> Optional[Source]:
    """The candidate with its layer changed once it is made; None where it is none, or was made before."""
    source = candidate_of(trial)
    if source.built or trial.candidate.outputs is None or not is_layer(trial.sides[1]):
        return None
    return replace(source, implementation=built_by(source, lambda case: change(source.implementation(case))))
