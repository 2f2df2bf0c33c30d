"""Reads ONNX files without the onnx package.

Understands as much of protobuf (https://protobuf.dev/programming-guides/encoding) and of
onnx.proto3 (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3) as models with their weights
inside use. Reading needs the standard library alone; only Tensor.array() needs numpy.
"""

import struct
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple


class OnnxError(Exception):
    """A file that is not a readable ONNX model. The message names the file and the place."""


VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

# TensorProto.DataType: number -> (name, numpy type, typed field of TensorProto)
TYPES = {
    1: ("float32", "<f4", 4),
    2: ("uint8", "u1", 5),
    3: ("int8", "i1", 5),
    6: ("int32", "<i4", 5),
    7: ("int64", "<i8", 7),
    9: ("bool", "?", 5),
    10: ("float16", "<f2", 5),
    11: ("float64", "<f8", 10),
}


@dataclass(frozen=True)
class Tensor:
    """A constant; `data` are its bytes, little-endian and row-major, or numbers of a typed field."""

    name: str
    dims: Tuple[int, ...]
    type: int
    data: Any

    def array(self):
        """The values as a read-only numpy array (0 dimensions for a scalar)."""
        import numpy

        numpy_type = TYPES[self.type][1]
        if isinstance(self.data, list):
            if self.type == 10:
                bits = numpy.array(self.data, dtype="<u2")
                return bits.view("<f2").reshape(self.dims)
            return numpy.array(self.data, dtype=numpy_type).reshape(self.dims)
        return numpy.frombuffer(self.data, dtype=numpy_type).reshape(self.dims)


@dataclass(frozen=True)
class Node:
    """An operator. `index` counts from 0 in the order of the file."""

    index: int
    name: str
    type: str
    domain: str
    inputs: Tuple[str, ...]
    outputs: Tuple[str, ...]
    attributes: Dict[str, Any]

    def where(self) -> str:
        """The node in messages."""
        return "%s '%s' (node %d)" % (self.type, self.name, self.index)


@dataclass(frozen=True)
class ValueInfo:
    """An input or output; an extent is a number, a symbol's name, or None."""

    name: str
    type: int
    shape: Tuple[Any, ...]


@dataclass
class Model:
    """What a file holds. `weights` are the initializers by name."""

    path: str
    opset: int = 0
    name: str = ""
    nodes: List[Node] = field(default_factory=list)
    weights: Dict[str, Tensor] = field(default_factory=dict)
    inputs: List[ValueInfo] = field(default_factory=list)
    outputs: List[ValueInfo] = field(default_factory=list)


def read(path: str) -> Model:
    """Reads a model. Raises OnnxError, or OSError when the file cannot be opened."""
    with open(path, "rb") as file:
        return parse(memoryview(file.read()), str(path))


def parse(data, path: str) -> Model:
    """Reads a model from bytes; `path` is for messages."""
    model = Model(path)
    try:
        graph = None
        for number, value in fields(memoryview(data)):
            if number == 7:
                graph = value
            elif number == 8:
                domain, version = "", 0
                for inner, content in fields(value):
                    if inner == 1:
                        domain = text(content)
                    elif inner == 2:
                        version = content
                if domain in ("", "ai.onnx"):
                    model.opset = version
        if graph is None:
            raise OnnxError("it has no graph")
        _graph(model, graph)
    except OnnxError as error:
        raise OnnxError("%s: %s; is it an ONNX model?" % (path, error)) from None
    except (struct.error, UnicodeDecodeError, TypeError, ValueError) as error:
        raise OnnxError("%s: damaged (%s); is it an ONNX model?" % (path, error)) from None
    return model


def fields(data: memoryview):
    """The fields of a message: (number, integer) or (number, bytes)."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise OnnxError("field number 0 at byte %d of a message" % at)
        if wire == VARINT:
            value, at = _varint(data, at)
        elif wire == BYTES:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        elif wire == FIXED64:
            value, at = data[at : at + 8], at + 8
        elif wire == FIXED32:
            value, at = data[at : at + 4], at + 4
        else:
            raise OnnxError("wire type %d at byte %d of a message" % (wire, at))
        if at > end:
            raise OnnxError("a field that ends %d bytes behind its message" % (at - end))
        yield number, value


def _varint(data: memoryview, at: int) -> Tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise OnnxError("a number that does not end at byte %d of a message" % at)
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def text(value) -> str:
    return bytes(value).decode("utf-8")


def signed(value: int) -> int:
    """A varint as the 64-bit two's complement number that it stands for."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _numbers(value, code: str) -> list:
    """A repeated number: one element, or all of them packed."""
    if isinstance(value, int):
        return [signed(value)]
    if code:
        return list(struct.unpack("<%d%s" % (len(value) // struct.calcsize(code), code), value))
    numbers, at = [], 0
    while at < len(value):
        number, at = _varint(value, at)
        numbers.append(signed(number))
    return numbers


def _graph(model: Model, graph: memoryview) -> None:
    for number, value in fields(graph):
        if number == 1:
            model.nodes.append(_node(value, len(model.nodes)))
        elif number == 2:
            model.name = text(value)
        elif number == 5:
            tensor = _tensor(value)
            model.weights[tensor.name] = tensor
        elif number == 11:
            model.inputs.append(_value_info(value))
        elif number == 12:
            model.outputs.append(_value_info(value))
    # Old files list their initializers among the inputs, too.
    model.inputs = [value for value in model.inputs if value.name not in model.weights]


def _node(data: memoryview, index: int) -> Node:
    inputs, outputs, attributes = [], [], {}
    name = kind = domain = ""
    for number, value in fields(data):
        if number == 1:
            inputs.append(text(value))
        elif number == 2:
            outputs.append(text(value))
        elif number == 3:
            name = text(value)
        elif number == 4:
            kind = text(value)
        elif number == 5:
            key, content = _attribute(value)
            attributes[key] = content
        elif number == 7:
            domain = text(value)
    return Node(index, name, kind, domain, tuple(inputs), tuple(outputs), attributes)


def _attribute(data: memoryview) -> Tuple[str, Any]:
    name, kind = "", 0
    single: Dict[int, Any] = {}
    floats: List[float] = []
    ints: List[int] = []
    strings: List[str] = []
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            single[1] = struct.unpack("<f", value)[0]
        elif number == 3:
            single[2] = signed(value)
        elif number == 4:
            single[3] = text(value)
        elif number == 5:
            single[4] = _tensor(value)
        elif number == 7:
            floats += _numbers(value, "f")
        elif number == 8:
            ints += _numbers(value, "")
        elif number == 9:
            strings.append(text(value))
        elif number == 20:
            kind = value
    lists = {6: floats, 7: ints, 8: strings}
    if kind in lists:
        return name, tuple(lists[kind])
    defaults = {1: 0.0, 2: 0, 3: ""}
    if kind in single or kind in defaults:
        return name, single.get(kind, defaults.get(kind))
    raise OnnxError("attribute '%s' is of kind %d, which this reader does not know" % (name, kind))


def _tensor(data: memoryview) -> Tensor:
    dims: List[int] = []
    kind, name = 0, ""
    raw: Optional[memoryview] = None
    numbers: Dict[int, list] = {}
    external = False
    codes = {4: "f", 5: "", 7: "", 10: "d"}
    for number, value in fields(data):
        if number == 1:
            dims += _numbers(value, "")
        elif number == 2:
            kind = value
        elif number in codes:
            numbers.setdefault(number, []).extend(_numbers(value, codes[number]))
        elif number == 8:
            name = text(value)
        elif number == 9:
            raw = value
        elif number == 14:
            external = value == 1
    if external:
        raise OnnxError("tensor '%s' lies in another file, which is not supported" % name)
    if kind not in TYPES:
        raise OnnxError("tensor '%s' is of type %d, which is not supported" % (name, kind))
    count = 1
    for extent in dims:
        count *= extent
    if raw is None:
        values = numbers.get(TYPES[kind][2], [])
        found = len(values)
        content: Any = values
    else:
        size = int(TYPES[kind][1][-1]) if TYPES[kind][1] != "?" else 1
        found = len(raw) / size
        content = raw
    if found != count:
        raise OnnxError("tensor '%s' has %g elements in place of %d" % (name, found, count))
    return Tensor(name, tuple(dims), kind, content)


def _value_info(data: memoryview) -> ValueInfo:
    name, kind = "", 0
    shape: List[Any] = []
    for number, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            for outer, tensor in fields(value):
                if outer != 1:
                    raise OnnxError("value '%s' is no tensor" % name)
                for inner, content in fields(tensor):
                    if inner == 1:
                        kind = content
                    elif inner == 2:
                        shape = [_dimension(dim) for axis, dim in fields(content) if axis == 1]
    return ValueInfo(name, kind, tuple(shape))


def _dimension(data: memoryview):
    extent = None
    for number, value in fields(data):
        if number == 1:
            extent = signed(value)
        elif number == 2:
            extent = text(value)
    return extent
