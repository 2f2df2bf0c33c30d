import random
import unittest

import onnx_writer as w
import requirements

requirements.skip_module_without_torch()

import torch
import torch.nn.functional as F

import fuse
import onnx_reader
import rebuild


def numbers(count, low=-1.0, high=1.0, seed=1):
    generator = random.Random(seed)
    return [generator.uniform(low, high) for _ in range(count)]


def read(*arguments):
    return onnx_reader.parse(w.model(*arguments), "m.onnx")


def block_model(before=None):
    """relu(batch_norm(conv(x)) + x), then a batch normalisation of its own and a product."""
    norm = [
        w.floats("s", [4], numbers(4, 0.5, 1.5)),
        w.floats("b", [4], numbers(4)),
        w.floats("m", [4], numbers(4)),
        w.floats("v", [4], numbers(4, 0.5, 1.5)),
    ]
    nodes = [
        w.node("Conv", ["x", "w"], "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        w.node("BatchNormalization", ["c", "s", "b", "m", "v"], "n", epsilon=0.001),
        w.node("Add", ["n", "x"], "a"),
        w.node("Relu", ["a"], "r"),
        w.node("BatchNormalization", ["r", "s", "b", "m", "v"], "n2", epsilon=0.001),
        w.node("Conv", ["n2", "w"], "c2", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        w.node("Relu", ["c2"], "r2"),
        w.node("ReduceMean", ["r2"], "g", axes=[2, 3], keepdims=0),
        w.node("MatMul", ["g", "k"], "p"),
        w.node("Add", ["p", "kb"], "y"),
    ]
    weights = norm + [
        w.floats("w", [4, 4, 3, 3], numbers(144)),
        w.floats("k", [4, 2], numbers(8)),
        w.floats("kb", [2], numbers(2)),
    ]
    return read(nodes, weights, [w.value("x", [2, 4, 5, 5])], [w.value("y", [2, 2])])


def conv_relu(x, weight, bias, stride, padding, dilation, groups):
    """What torch.cudnn_convolution_relu computes."""
    return F.relu(F.conv2d(x, weight, bias, stride, padding, dilation, groups))


def conv_add_relu(x, weight, z, alpha, bias, stride, padding, dilation, groups):
    """What torch.cudnn_convolution_add_relu computes."""
    return F.relu(F.conv2d(x, weight, bias, stride, padding, dilation, groups) + alpha * z)


class RebuildTest(unittest.TestCase):
    def one(self, kind, shape, weights=(), inputs=("x",), **attributes):
        nodes = [w.node(kind, list(inputs), "y", **attributes)]
        return rebuild.rebuild(read(nodes, weights, [w.value("x", shape)], [w.value("y", [])]))

    def test_asymmetric_padding_of_a_convolution(self):
        weights = [w.floats("w", [1, 1, 2, 2], [1.0, 2.0, 3.0, 4.0])]
        module = self.one(
            "Conv", [1, 1, 2, 2], weights, ("x", "w"), kernel_shape=[2, 2], pads=[0, 1, 1, 0]
        )
        x = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        # Zeros are added on the left and below.
        expected = [[2.0 + 12.0, 1 + 4 + 9 + 16.0], [6.0, 3.0 + 8.0]]
        self.assertEqual(expected, module(x)[0, 0].tolist())

    def test_maximum_pool_never_takes_padding(self):
        module = self.one(
            "MaxPool", [1, 1, 2, 2], kernel_shape=[2, 2], strides=[2, 2], pads=[1, 0, 0, 1]
        )
        x = torch.full((1, 1, 2, 2), -5.0)
        self.assertTrue((module(x) == -5.0).all())

    def test_average_pool_counts_padding_only_when_told(self):
        x = torch.ones(1, 1, 2, 2)
        for count, corner in ((0, 1.0), (1, 0.25)):
            module = self.one(
                "AveragePool",
                [1, 1, 2, 2],
                kernel_shape=[2, 2],
                pads=[1, 1, 1, 1],
                count_include_pad=count,
            )
            self.assertEqual(corner, float(module(x)[0, 0, 0, 0]))

    def test_slice_and_pad(self):
        weights = [w.longs(n, v) for n, v in (("s", [1]), ("e", [9]), ("a", [3]), ("t", [2]))]
        module = self.one("Slice", [1, 1, 1, 6], weights, ("x", "s", "e", "a", "t"))
        x = torch.arange(6.0).reshape(1, 1, 1, 6)
        self.assertEqual([1.0, 3.0, 5.0], module(x).reshape(-1).tolist())
        weights = [w.longs("p", [0, 1, 0, 0, 0, 2, 0, 0])]
        module = self.one("Pad", [1, 1, 1, 1], weights, ("x", "p"), mode="constant")
        self.assertEqual([0.0, 7.0, 0.0, 0.0], module(torch.full((1, 1, 1, 1), 7.0)).reshape(-1).tolist())

    def test_all_unknown_operators_are_named_at_once(self):
        nodes = [w.node("Gelu", ["x"], "a"), w.node("Relu", ["a"], "b"), w.node("Foo", ["b"], "y")]
        model = read(nodes, [], [w.value("x", [1])], [w.value("y", [1])])
        with self.assertRaises(rebuild.UnsupportedNode) as caught:
            rebuild.rebuild(model)
        self.assertIn("m.onnx: no torch form for Gelu 'node_a' (node 0), Foo", str(caught.exception))

    def test_an_unsupported_use_names_the_node(self):
        with self.assertRaises(rebuild.UnsupportedNode) as caught:
            self.one("Pad", [1, 1, 1, 1], [w.longs("p", [0] * 8)], ("x", "p"), mode="reflect")
        self.assertIn("m.onnx: Pad 'node_y' (node 0): a mode", str(caught.exception))


class FuseTest(unittest.TestCase):
    def setUp(self):
        self.module = rebuild.rebuild(block_model())
        self.x = torch.randn(2, 4, 5, 5, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            self.expected = self.module(self.x)

    def targets(self, module):
        return [node.target for node in module.graph.nodes if node.op == "call_function"]

    def assert_same(self, module):
        with torch.no_grad():
            difference = (module(self.x) - self.expected).abs().max()
            again = self.module(self.x)
        self.assertLess(float(difference), 1e-4 * float(self.expected.abs().max()))
        # The module that was copied stays as it was.
        self.assertTrue(torch.equal(again, self.expected))

    def test_every_step_keeps_the_result(self):
        module = fuse.copy_of(self.module)
        self.assertEqual(1, fuse.fold_batch_norm(module))
        self.assertNotIn(F.batch_norm, self.targets(module))
        self.assert_same(module)
        fuse.fuse_pointwise(module)
        self.assertIn(torch.addmm, self.targets(module))
        self.assertNotIn(torch.matmul, self.targets(module))
        self.assert_same(module)
        self.assertEqual(2, fuse.fuse_convolutions(module, conv_relu, conv_add_relu))
        self.assertEqual(
            [conv_add_relu, torch.addcmul, conv_relu, torch.mean, torch.addmm],
            self.targets(module),
        )
        self.assert_same(module)

    def test_without_the_fused_sum_only_the_plain_one_is_used(self):
        module = fuse.copy_of(self.module)
        fuse.fold_batch_norm(module)
        self.assertEqual(1, fuse.fuse_convolutions(module, conv_relu, None))
        self.assert_same(module)

    def test_a_convolution_that_others_read_is_not_taken_in(self):
        nodes = [
            w.node("Conv", ["x", "w"], "c", kernel_shape=[1, 1]),
            w.node("Relu", ["c"], "r"),
            w.node("Add", ["c", "r"], "y"),
        ]
        weights = [w.floats("w", [4, 4, 1, 1], numbers(16))]
        module = rebuild.rebuild(
            read(nodes, weights, [w.value("x", [2, 4, 5, 5])], [w.value("y", [])])
        )
        self.assertEqual(0, fuse.fuse_convolutions(module, conv_relu, conv_add_relu))


if __name__ == "__main__":
    unittest.main()
