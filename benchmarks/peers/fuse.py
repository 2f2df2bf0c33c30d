"""Makes rebuilt modules faster without changing what they compute: what a strong peer would do."""

import operator
from typing import Callable, Optional

import torch
import torch.fx
import torch.nn.functional as F


def copy_of(module: torch.fx.GraphModule) -> torch.fx.GraphModule:
    """A module with a graph of its own; the weights are shared until one of them is replaced."""
    graph = torch.fx.Graph()
    result = graph.graph_copy(module.graph, {})
    graph.output(result)
    root = torch.nn.Module()
    for name, tensor in module.named_buffers():
        root.register_buffer(name, tensor)
    copy = torch.fx.GraphModule(root, graph)
    copy.eval()
    return copy


def fold_batch_norm(module: torch.fx.GraphModule) -> int:
    """batch_norm(conv(x, w, b)) => conv(x, w * s, (b - mean) * s + bias)

    A batch normalisation that follows no convolution becomes one multiply-add, addcmul. Factors are
    made in float64. Returns how many went into convolutions.
    """
    folded = 0
    for node in list(module.graph.nodes):
        if node.target is not F.batch_norm:
            continue
        x, mean, variance, scale, bias = node.args[:5]
        epsilon = node.args[7]
        factor = _data(module, scale).double() / torch.sqrt(
            _data(module, variance).double() + epsilon
        )
        shift = _data(module, bias).double() - _data(module, mean).double() * factor
        if x.target is F.conv2d and len(x.users) == 1:
            weight = _data(module, x.args[1]).double() * factor.reshape(-1, 1, 1, 1)
            if x.args[2] is not None:
                shift = shift + _data(module, x.args[2]).double() * factor
            with module.graph.inserting_before(x):
                x.args = (
                    x.args[0],
                    _buffer(module, weight.float()),
                    _buffer(module, shift.float()),
                ) + tuple(x.args[3:])
            node.replace_all_uses_with(x)
            folded += 1
        else:
            with module.graph.inserting_before(node):
                combined = module.graph.call_function(
                    torch.addcmul,
                    (
                        _buffer(module, shift.float().reshape(1, -1, 1, 1)),
                        x,
                        _buffer(module, factor.float().reshape(1, -1, 1, 1)),
                    ),
                )
            node.replace_all_uses_with(combined)
        module.graph.erase_node(node)
    _finish(module)
    return folded


def fuse_pointwise(module: torch.fx.GraphModule) -> None:
    """x * s + b => addcmul(b, x, s) and matmul(x, w) + b => addmm(b, x, w), for constant s, w, b."""
    for node in list(module.graph.nodes):
        if node.target is not torch.add or len(node.args) != 2:
            continue
        inner, constant = node.args
        if not _is_weight(constant) or not isinstance(inner, torch.fx.Node):
            continue
        if len(inner.users) != 1 or len(inner.args) != 2 or not _is_weight(inner.args[1]):
            continue
        if inner.target is torch.mul:
            call = (torch.addcmul, (constant, inner.args[0], inner.args[1]))
        elif inner.target is torch.matmul and _data(module, constant).dim() == 1:
            call = (torch.addmm, (constant, inner.args[0], inner.args[1]))
        else:
            continue
        with module.graph.inserting_before(node):
            fused = module.graph.call_function(*call)
        node.replace_all_uses_with(fused)
        module.graph.erase_node(node)
        module.graph.erase_node(inner)
    _finish(module)


def fuse_convolutions(
    module: torch.fx.GraphModule, conv_relu: Callable, conv_add_relu: Optional[Callable]
) -> int:
    """relu(conv(x) + b) and relu(conv(x) + b + z) => one call each, of the given functions.

    On a GPU these are torch.cudnn_convolution_relu(x, w, b, stride, padding, dilation, groups) and
    torch.cudnn_convolution_add_relu(x, w, z, alpha, b, stride, padding, dilation, groups).
    Returns the number of calls made.
    """
    fused = 0
    for node in list(module.graph.nodes):
        if node.target is not F.relu:
            continue
        inner = node.args[0]
        if len(inner.users) != 1:
            continue
        if inner.target is F.conv2d:
            x, weight, bias, stride, padding, dilation, groups = inner.args
            call = (conv_relu, (x, weight, bias, stride, padding, dilation, groups))
            conv = inner
        elif inner.target in (torch.add, operator.add) and conv_add_relu is not None:
            conv = next(
                (a for a in inner.args if a.target is F.conv2d and len(a.users) == 1), None
            )
            if conv is None:
                continue
            other = inner.args[1] if inner.args[0] is conv else inner.args[0]
            if _is_weight(other):
                continue
            x, weight, bias, stride, padding, dilation, groups = conv.args
            call = (conv_add_relu, (x, weight, other, 1.0, bias, stride, padding, dilation, groups))
        else:
            continue
        with module.graph.inserting_before(node):
            replacement = module.graph.call_function(*call)
        node.replace_all_uses_with(replacement)
        module.graph.erase_node(node)
        if conv is not inner:
            module.graph.erase_node(inner)
        module.graph.erase_node(conv)
        fused += 1
    _finish(module)
    return fused


def _is_weight(value) -> bool:
    return isinstance(value, torch.fx.Node) and value.op == "get_attr"


def _data(module: torch.fx.GraphModule, node: torch.fx.Node) -> torch.Tensor:
    if not _is_weight(node):
        raise ValueError("%s is computed, not a weight" % node)
    return getattr(module, node.target)


def _buffer(module: torch.fx.GraphModule, tensor: torch.Tensor) -> torch.fx.Node:
    index = 0
    while hasattr(module, "fused_%d" % index):
        index += 1
    module.register_buffer("fused_%d" % index, tensor)
    return module.graph.get_attr("fused_%d" % index)


def _finish(module: torch.fx.GraphModule) -> None:
    """Removes what is not used any more and generates the code again."""
    module.graph.eliminate_dead_code()
    module.graph.lint()
    used = {node.target for node in module.graph.nodes if node.op == "get_attr"}
    for name in [name for name, _ in module.named_buffers() if name not in used]:
        delattr(module, name)
    module.recompile()
