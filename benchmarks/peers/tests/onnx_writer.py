"""Writes small ONNX models for tests: protobuf by hand, without any package."""

import struct


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def floats(name, dims, values, typed=False):
    """A float32 tensor, its values as raw bytes or in the typed field."""
    packed = struct.pack("<%df" % len(values), *values)
    head = b"".join(number(1, extent) for extent in dims) + number(2, 1) + block(8, name)
    return head + (block(4, packed) if typed else block(9, packed))


def longs(name, values):
    return number(1, len(values)) + number(2, 7) + block(8, name) + block(
        7, b"".join(varint(v) for v in values)
    )


def attribute(name, value):
    head = block(1, name)
    if isinstance(value, float):
        return head + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, int):
        return head + number(3, value) + number(20, 2)
    if isinstance(value, str):
        return head + block(4, value) + number(20, 3)
    return head + b"".join(number(8, v) for v in value) + number(20, 7)


def node(kind, inputs, output, **attributes):
    content = b"".join(block(1, name) for name in inputs) + block(2, output)
    content += block(3, "node_" + output) + block(4, kind)
    return content + b"".join(block(5, attribute(k, v)) for k, v in attributes.items())


def value(name, shape):
    dims = b""
    for extent in shape:
        dims += block(1, block(2, extent) if isinstance(extent, str) else number(1, extent))
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dims)))


def model(nodes, weights, inputs, outputs, opset=17):
    graph = b"".join(block(1, n) for n in nodes) + block(2, "test")
    graph += b"".join(block(5, w) for w in weights)
    graph += b"".join(block(11, v) for v in inputs) + b"".join(block(12, v) for v in outputs)
    return number(1, 8) + block(8, number(2, opset)) + block(7, graph)
