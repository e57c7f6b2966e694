"""A script that shows a witness's difference with nothing but TensorFlow and numpy."""

from __future__ import annotations

from string import Template
from typing import Iterator

from likewise.errors import WitnessError
from likewise.witness.file import WitnessFile

__all__ = ["script_of"]

#: As many lines as are told of what differs.
_MESSAGE = 4

_SCRIPT = Template("""\
# coding: ascii
# Shows where two ways of writing a neural network differ; found by likewise. (Python looks for an encoding in the first
# two lines of a file alone, and takes it from whatever stands there.)
$comments
import json, os, sys

os.environ.update($settings)
import numpy as np
import tensorflow.compat.v1 as tf

np.seterr(all="ignore")
file = np.load(sys.argv[1] if len(sys.argv) > 1 else $path)
array = lambda place: file["array_%d" % place]
plain = lambda text: ascii(text)[1:-1]


def run(side):
    graph = side["graph"]
    if graph is None:
        print(plain(side["title"]), "is not run:", plain(side["no_graph"]))
        print("  as the file has it:", plain(side["refusal"]) or "its outputs")
        return {n: array(leaf["array"]) for n, leaf in enumerate(side["outputs"] or ()) if leaf["array"] is not None}
    definition = tf.GraphDef.FromString(array(graph["definition"]).tobytes())
    variables = [node for node in definition.node if node.op in ("VarHandleOp", "VariableV2")]
    told = [plain(node.name) + str([each.size for each in node.attr["shape"].shape.dim]) for node in variables]
    print(plain(side["title"]), "has the variables", ", ".join(told) or "none")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(definition, name="")
        try:
            session.run([load for load, _, _ in graph["loads"]], {slot: array(at) for _, slot, at in graph["loads"]})
            outputs = {n: name for n, name in enumerate(graph["outputs"]) if name is not None}
            return session.run(outputs, {name: array(at) for name, at in graph["inputs"]})
        except tf.errors.OpError as error:
            print("  it raises %s: %s" % (type(error).__name__, plain(error.message[:500])))
            return {}


reference, candidate = map(run, json.loads(str(file["header"]))["sides"])
for n in sorted({*reference, *candidate}):
    if n not in reference or n not in candidate:
        print("output", n, "is there in the", "candidate" if n in candidate else "reference", "alone")
        continue
    one, other = np.asarray(reference[n]), np.asarray(candidate[n])
    print("output", n, "is", other.dtype, other.shape, "in the candidate,", one.dtype, one.shape, "in the reference")
    if one.shape == other.shape and one.size and one.dtype != object:
        same = (one == other) | ((one != one) & (other != other))
        apart = np.where(same, 0, np.abs(other.astype("complex128") - one.astype("complex128")))
        at = np.unravel_index(np.argmax(apart), apart.shape)  # NaN counts as the greatest
        print("  %d of %d entries differ, most at %s:" % ((~same).sum(), same.size, list(map(int, at))))
        print("  %s in the candidate, %s in the reference, %s apart" % (other[at], one[at], apart[at]))
""")


def script_of(witness: WitnessFile) -> str:
    """A Python script that runs both sides of a witness from its file and prints where they differ most.

    It takes the file's path as an argument, else the one that the witness was read from. Where a side is no graph, it
    says why, and takes what the file has. It is plain ASCII, whatever the names and messages in the file are: these
    stand in comments and in texts alone. Raises WitnessError for a file of format 1, which holds no graphs.
    """
    if not witness.sides:
        raise WitnessError(
            f"{witness.path}: a witness of format {witness.format} holds no graphs to make a script of; "
            "run what found it again, with this likewise"
        )
    settings = ['TF_CPP_MIN_LOG_LEVEL="2"']
    if witness.cell["numerics"] == "strict":  # equal programs give equal bits
        settings += ['TF_ENABLE_ONEDNN_OPTS="0"', 'TF_NUM_INTRAOP_THREADS="1"']
    return _SCRIPT.substitute(
        comments="\n".join(f"# {_line(text)}" for text in _comments(witness)),
        settings=", ".join(settings),
        path=ascii(str(witness.path)),
    )


def _comments(witness: WitnessFile) -> Iterator[str]:
    cell = witness.cell
    yield f"{witness.law}: {witness.claim}, in {witness.execution}"
    yield from witness.message.splitlines()[:_MESSAGE]
    yield f"Found by likewise {witness.likewise} on TensorFlow {cell['tensorflow']}, Keras {cell['keras']},"
    yield f"Python {cell['python']}, behavior {cell['behavior']}; needs TensorFlow and numpy alone."
    yield "It runs the graphs that the file holds: for a file that you trust."
    for side in witness.sides:
        if side.graph is None:
            yield f"{side.title} is not run: {side.no_graph}"
        elif not side.graph.agrees:
            yield f"{side.title} gave something else in a graph than in {witness.execution}, where it was found."


def _line(text: str) -> str:
    """Text of any origin as the rest of a line."""
    line = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return line.encode("ascii", "backslashreplace").decode("ascii")
