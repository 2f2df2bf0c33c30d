"""Rebuilds ONNX models as torch.fx modules.

Every ONNX node becomes the torch call of the same meaning; weights become buffers. What has no such
call here is an error that names the node: nothing is approximated.
"""

import operator
from typing import Any, Callable, Dict, List, Sequence

import numpy
import torch
import torch.fx
import torch.nn.functional as F

from onnx_reader import Model, Node, OnnxError


class UnsupportedNode(OnnxError):
    """An operator, or a use of one, that is not rebuilt. The message names file and node."""


def rebuild(model: Model) -> torch.fx.GraphModule:
    """A module that computes what the model does.

    It takes the model's inputs in their order and returns its one output, or a tuple of all.
    Raises UnsupportedNode, all unsupported operators in one message.
    """
    unknown = [node.where() for node in model.nodes if node.type not in OPERATORS or node.domain]
    if unknown:
        raise UnsupportedNode(
            "%s: no torch form for %s; there is one for %s"
            % (model.path, ", ".join(unknown), ", ".join(sorted(OPERATORS)))
        )
    builder = Builder(model)
    for node in model.nodes:
        try:
            builder.add(node)
        except UnsupportedNode as error:
            raise UnsupportedNode("%s: %s: %s" % (model.path, node.where(), error)) from None
    return builder.finish()


class Builder:
    """A torch.fx graph under construction."""

    def __init__(self, model: Model):
        self.model = model
        self.root = torch.nn.Module()
        self.graph = torch.fx.Graph()
        self.values: Dict[str, torch.fx.Node] = {}
        self.buffers = 0
        for index, value in enumerate(model.inputs):
            self.values[value.name] = self.graph.placeholder("input_%d" % index)

    def add(self, node: Node) -> None:
        if len(node.outputs) != 1:
            raise UnsupportedNode("%d outputs, only one is rebuilt" % len(node.outputs))
        self.values[node.outputs[0]] = OPERATORS[node.type](self, node)

    def finish(self) -> torch.fx.GraphModule:
        results = [self.value(output.name) for output in self.model.outputs]
        self.graph.output(results[0] if len(results) == 1 else tuple(results))
        module = torch.fx.GraphModule(self.root, self.graph)
        module.eval()
        return module

    def value(self, name: str) -> torch.fx.Node:
        """An input, a node's result, or a weight as a buffer."""
        if name not in self.values:
            if name not in self.model.weights:
                raise UnsupportedNode("nothing before it is named '%s'" % name)
            self.values[name] = self.buffer(torch.from_numpy(self.array(name)))
        return self.values[name]

    def buffer(self, tensor: torch.Tensor) -> torch.fx.Node:
        label = "weight_%d" % self.buffers
        self.buffers += 1
        self.root.register_buffer(label, tensor)
        return self.graph.get_attr(label)

    def array(self, name: str) -> numpy.ndarray:
        """A weight, writable."""
        return numpy.array(self.model.weights[name].array())

    def operand(self, node: Node, index: int) -> torch.fx.Node:
        return self.value(node.inputs[index])

    def has(self, node: Node, index: int) -> bool:
        return index < len(node.inputs) and node.inputs[index] != ""

    def numbers(self, node: Node, index: int, attribute: str = "") -> List[Any]:
        """Constant numbers: an input, or an attribute as in older operator sets."""
        if self.has(node, index):
            name = node.inputs[index]
            if name not in self.model.weights:
                raise UnsupportedNode("input %d must be a constant" % index)
            return self.array(name).reshape(-1).tolist()
        return list(node.attributes.get(attribute, ()))

    def call(self, function: Callable, *arguments, **named) -> torch.fx.Node:
        return self.graph.call_function(function, arguments, named)


def _pads(node: Node, rank: int) -> Sequence[int]:
    if node.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise UnsupportedNode("auto_pad %s" % node.attributes["auto_pad"])
    return node.attributes.get("pads", (0,) * (2 * rank))


def _padded(b: Builder, node: Node, x, value: float):
    """The operand and the symmetric padding that a torch operator can do itself."""
    rank = len(node.attributes["kernel_shape"])
    pads = _pads(node, rank)
    before, after = tuple(pads[:rank]), tuple(pads[rank:])
    if before == after:
        return x, before
    return b.call(F.pad, x, _torch_pads(before, after), "constant", value), (0,) * rank


def _torch_pads(before: Sequence[int], after: Sequence[int]) -> List[int]:
    """Torch lists the last axis first, before and after of each."""
    pads: List[int] = []
    for axis in reversed(range(len(before))):
        pads += [before[axis], after[axis]]
    return pads


def _ones(node: Node, key: str):
    return tuple(node.attributes.get(key, (1,) * len(node.attributes["kernel_shape"])))


def _conv(b: Builder, node: Node):
    if "kernel_shape" not in node.attributes:
        shape = b.model.weights[node.inputs[1]].dims[2:]
        node.attributes["kernel_shape"] = shape
    rank = len(node.attributes["kernel_shape"])
    if rank != 2:
        raise UnsupportedNode("%d spatial axes, only 2 are rebuilt" % rank)
    x, padding = _padded(b, node, b.operand(node, 0), 0.0)
    bias = b.operand(node, 2) if b.has(node, 2) else None
    return b.call(
        F.conv2d,
        x,
        b.operand(node, 1),
        bias,
        _ones(node, "strides"),
        padding,
        _ones(node, "dilations"),
        node.attributes.get("group", 1),
    )


def _batch_norm(b: Builder, node: Node):
    x, scale, bias, mean, variance = [b.operand(node, i) for i in range(5)]
    epsilon = node.attributes.get("epsilon", 1e-5)
    return b.call(F.batch_norm, x, mean, variance, scale, bias, False, 0.0, epsilon)


def _max_pool(b: Builder, node: Node):
    x, padding = _padded(b, node, b.operand(node, 0), float("-inf"))
    return b.call(
        F.max_pool2d,
        x,
        node.attributes["kernel_shape"],
        _ones(node, "strides"),
        padding,
        _ones(node, "dilations"),
        bool(node.attributes.get("ceil_mode", 0)),
    )


def _average_pool(b: Builder, node: Node):
    kernel = node.attributes["kernel_shape"]
    pads = _pads(node, len(kernel))
    if pads[: len(kernel)] != pads[len(kernel) :] or any(d != 1 for d in _ones(node, "dilations")):
        raise UnsupportedNode("asymmetric padding or dilation")
    return b.call(
        F.avg_pool2d,
        b.operand(node, 0),
        kernel,
        _ones(node, "strides"),
        tuple(pads[: len(kernel)]),
        bool(node.attributes.get("ceil_mode", 0)),
        bool(node.attributes.get("count_include_pad", 0)),
    )


def _reduce(function: Callable):
    def build(b: Builder, node: Node):
        axes = tuple(b.numbers(node, 1, "axes"))
        keep = bool(node.attributes.get("keepdims", 1))
        if not axes:
            raise UnsupportedNode("no axes")
        return b.call(function, b.operand(node, 0), axes, keep)

    return build


def _global_average(b: Builder, node: Node):
    return b.call(torch.mean, b.operand(node, 0), (2, 3), True)


def _reshape(b: Builder, node: Node):
    shape = b.numbers(node, 1)
    if 0 in shape:
        raise UnsupportedNode("a shape with 0: %s" % shape)
    return b.call(torch.reshape, b.operand(node, 0), tuple(shape))


def _flatten(b: Builder, node: Node):
    if node.attributes.get("axis", 1) != 1:
        raise UnsupportedNode("axis %d, only 1 is rebuilt" % node.attributes["axis"])
    return b.call(torch.flatten, b.operand(node, 0), 1)


def _gemm(b: Builder, node: Node):
    a, weight = b.operand(node, 0), b.operand(node, 1)
    plain = all(node.attributes.get(key, 1.0) == 1.0 for key in ("alpha", "beta"))
    if not plain or node.attributes.get("transA", 0) or not b.has(node, 2):
        raise UnsupportedNode("alpha, beta, transA or a missing C")
    if node.attributes.get("transB", 0):
        weight = b.call(torch.t, weight)
    return b.call(torch.addmm, b.operand(node, 2), a, weight)


def _concat(b: Builder, node: Node):
    parts = [b.value(name) for name in node.inputs]
    return b.call(torch.cat, parts, node.attributes["axis"])


def _slice(b: Builder, node: Node):
    starts, ends = b.numbers(node, 1), b.numbers(node, 2)
    axes = b.numbers(node, 3) or list(range(len(starts)))
    steps = b.numbers(node, 4) or [1] * len(starts)
    if min(steps) < 1 or min(axes) < 0:
        raise UnsupportedNode("negative steps or axes")
    index: List[Any] = [slice(None)] * (max(axes) + 1)
    for axis, start, end, step in zip(axes, starts, ends, steps):
        index[axis] = slice(start, end, step)
    return b.call(operator.getitem, b.operand(node, 0), tuple(index))


def _pad(b: Builder, node: Node):
    if node.attributes.get("mode", "constant") != "constant" or b.has(node, 3):
        raise UnsupportedNode("a mode other than constant, or axes")
    pads = b.numbers(node, 1, "pads")
    value = (b.numbers(node, 2) or [0.0])[0]
    rank = len(pads) // 2
    return b.call(
        F.pad, b.operand(node, 0), _torch_pads(pads[:rank], pads[rank:]), "constant", value
    )


def _clip(b: Builder, node: Node):
    low = b.numbers(node, 1) or [node.attributes.get("min")]
    high = b.numbers(node, 2) or [node.attributes.get("max")]
    return b.call(torch.clamp, b.operand(node, 0), low[0], high[0])


def _transpose(b: Builder, node: Node):
    return b.call(torch.permute, b.operand(node, 0), tuple(node.attributes["perm"]))


def _softmax(b: Builder, node: Node):
    return b.call(torch.softmax, b.operand(node, 0), node.attributes.get("axis", -1))


def _same(b: Builder, node: Node):
    return b.operand(node, 0)


def _plain(function: Callable):
    def build(b: Builder, node: Node):
        return b.call(function, *[b.value(name) for name in node.inputs])

    return build


OPERATORS: Dict[str, Callable[[Builder, Node], torch.fx.Node]] = {
    "Add": _plain(torch.add),
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Concat": _concat,
    "Conv": _conv,
    "Div": _plain(torch.div),
    "Exp": _plain(torch.exp),
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "Identity": _same,
    "MatMul": _plain(torch.matmul),
    "Max": _plain(torch.maximum),
    "MaxPool": _max_pool,
    "Min": _plain(torch.minimum),
    "Mul": _plain(torch.mul),
    "Neg": _plain(torch.neg),
    "Pad": _pad,
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": _plain(F.relu),
    "Reshape": _reshape,
    "Sigmoid": _plain(torch.sigmoid),
    "Slice": _slice,
    "Softmax": _softmax,
    "Sqrt": _plain(torch.sqrt),
    "Sub": _plain(torch.sub),
    "Tanh": _plain(torch.tanh),
    "Transpose": _transpose,
}
