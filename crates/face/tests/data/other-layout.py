"""Makes other-layout.onnx: a network with random weights whose input is unlike the shipped ones' in every way that a manifest states:
a batch of two, rows and columns before channels, 64 x 48 pixels, seven values. python other-layout.py (needs PyPI onnx, numpy)."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

random = numpy.random.default_rng(7)
weights = {
    "w1": random.normal(0, 0.2, (8, 3, 5, 5)),
    "w2": random.normal(0, 0.2, (7, 8, 5, 5)),
}
nodes = [
    helper.make_node("Transpose", ["input"], ["planes"], perm=[0, 3, 1, 2]),
    helper.make_node("Conv", ["planes", "w1"], ["c1"], kernel_shape=[5, 5], strides=[4, 4]),
    helper.make_node("Relu", ["c1"], ["r1"]),
    helper.make_node("Conv", ["r1", "w2"], ["c2"], kernel_shape=[5, 5], strides=[3, 3]),
    helper.make_node("GlobalAveragePool", ["c2"], ["mean"]),
    helper.make_node("Flatten", ["mean"], ["values"], axis=1),
]
graph = helper.make_graph(
    nodes,
    "other-layout",
    [helper.make_tensor_value_info("input", TensorProto.FLOAT, [2, 48, 64, 3])],
    [helper.make_tensor_value_info("values", TensorProto.FLOAT, [2, 7])],
    [numpy_helper.from_array(w.astype(numpy.float32), name) for name, w in weights.items()],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
onnx.checker.check_model(model)
open("other-layout.onnx", "wb").write(model.SerializeToString(deterministic=True))
