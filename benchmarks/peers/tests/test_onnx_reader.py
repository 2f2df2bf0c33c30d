import unittest

import onnx_writer as w
from requirements import needs_numpy

import onnx_reader


def conv_model():
    return w.model(
        [
            w.node("Conv", ["x", "w"], "y", kernel_shape=[1, 1], group=1),
            w.node("LeakyRelu", ["y"], "z", alpha=0.5),
        ],
        [w.floats("w", [1, 2, 1, 1], [3.0, -4.0]), w.longs("shape", [1, -1])],
        [w.value("x", ["N", 2, 4, 4]), w.value("w", [1, 2, 1, 1])],
        [w.value("z", ["N", 1, 4, 4])],
    )


class OnnxReaderTest(unittest.TestCase):
    def test_reads_nodes_attributes_and_shapes(self):
        model = onnx_reader.parse(conv_model(), "m.onnx")
        self.assertEqual(17, model.opset)
        self.assertEqual(["Conv", "LeakyRelu"], [node.type for node in model.nodes])
        self.assertEqual({"kernel_shape": (1, 1), "group": 1}, model.nodes[0].attributes)
        self.assertEqual({"alpha": 0.5}, model.nodes[1].attributes)
        self.assertEqual("Conv 'node_y' (node 0)", model.nodes[0].where())
        # A weight that is also listed as an input is no input.
        self.assertEqual(["x"], [value.name for value in model.inputs])
        self.assertEqual(("N", 2, 4, 4), model.inputs[0].shape)

    @needs_numpy
    def test_reads_raw_and_typed_tensors(self):
        model = onnx_reader.parse(conv_model(), "m.onnx")
        self.assertEqual([[[[3.0]], [[-4.0]]]], model.weights["w"].array().tolist())
        self.assertEqual([1, -1], model.weights["shape"].array().tolist())
        typed = w.model([], [w.floats("t", [2], [1.5, 2.5], typed=True)], [], [])
        tensor = onnx_reader.parse(typed, "m.onnx").weights["t"]
        self.assertEqual([1.5, 2.5], tensor.array().tolist())

    def fails(self, data, *parts):
        with self.assertRaises(onnx_reader.OnnxError) as caught:
            onnx_reader.parse(data, "bad.onnx")
        for part in ("bad.onnx",) + parts:
            self.assertIn(part, str(caught.exception))

    def test_every_cut_is_refused_or_read_in_full(self):
        whole = conv_model()
        for size in range(len(whole)):
            try:
                model = onnx_reader.parse(whole[:size], "cut.onnx")
            except onnx_reader.OnnxError as error:
                self.assertIn("cut.onnx", str(error))
            else:
                self.fail("%d of %d bytes gave %s" % (size, len(whole), model))

    def test_names_what_is_wrong(self):
        self.fails(b"", "no graph")
        self.fails(b"not a model at all", "is it an ONNX model?")
        self.fails(w.model([], [w.floats("w", [3], [1.0])], [], []), "'w'", "1 elements")
        external = w.floats("w", [1], [1.0]) + w.number(14, 1)
        self.fails(w.model([], [external], [], []), "'w'", "another file")
        text = w.number(1, 1) + w.number(2, 8) + w.block(8, "s") + w.block(9, b"abc")
        self.fails(w.model([], [text], [], []), "'s'", "type 8")


if __name__ == "__main__":
    unittest.main()
