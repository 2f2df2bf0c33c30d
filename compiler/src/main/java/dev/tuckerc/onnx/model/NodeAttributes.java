package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Typed access to a node's attributes. A wrong kind is an error, an absent one has a default.
public final class NodeAttributes {
  /// Integers beyond this are no sizes, offsets or axes; larger ones could overflow.
  private static final long LARGEST = 1L << 31;

  private final Map<String, AttributeProto> attributes = new LinkedHashMap<>();
  private final ExternalData external;

  public NodeAttributes(NodeProto node, ExternalData external) {
    this.external = external;
    for (AttributeProto attribute : node.getAttributeList()) {
      if (!attribute.getRefAttrName().isEmpty()) {
        throw new IrException(
            "attribute '" + attribute.getName() + "' refers to an attribute outside a function");
      }
      attributes.put(attribute.getName(), attribute);
    }
  }

  public boolean has(String name) {
    return attributes.containsKey(name);
  }

  public long integer(String name, long otherwise) {
    return find(name, AttributeType.INT).map(AttributeProto::getI).orElse(otherwise);
  }

  public Optional<Long> integer(String name) {
    return find(name, AttributeType.INT).map(AttributeProto::getI);
  }

  public boolean flag(String name, boolean otherwise) {
    return integer(name, otherwise ? 1 : 0) != 0;
  }

  public double real(String name, double otherwise) {
    return find(name, AttributeType.FLOAT).map(a -> (double) a.getF()).orElse(otherwise);
  }

  public String text(String name, String otherwise) {
    return find(name, AttributeType.STRING).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
  }

  public Optional<List<Long>> integers(String name) {
    Optional<List<Long>> values = find(name, AttributeType.INTS).map(AttributeProto::getIntsList);
    values.ifPresent(list -> {
      for (long value : list) {
        // INT64_MIN and INT64_MAX are the usual "to the end" of Slice.
        if (Math.abs(value) > LARGEST && value < Long.MAX_VALUE && value > Long.MIN_VALUE + 1) {
          throw new IrException("attribute '" + name + "' holds the huge number " + value);
        }
      }
    });
    return values;
  }

  public Optional<List<Float>> reals(String name) {
    return find(name, AttributeType.FLOATS).map(AttributeProto::getFloatsList);
  }

  public Optional<List<String>> texts(String name) {
    return find(name, AttributeType.STRINGS)
        .map(a -> a.getStringsList().stream().map(ByteString::toStringUtf8).toList());
  }

  public Optional<Tensor> tensor(String name) {
    return find(name, AttributeType.TENSOR)
        .map(a -> OnnxTensors.toTensor(a.getT(), "attribute '" + name + "'", external));
  }

  public Optional<GraphProto> graph(String name) {
    return find(name, AttributeType.GRAPH).map(AttributeProto::getG);
  }

  private Optional<AttributeProto> find(String name, AttributeType type) {
    AttributeProto attribute = attributes.get(name);
    if (attribute == null) {
      return Optional.empty();
    }
    // Files of IR version 1 leave the type out.
    if (attribute.getType() != type && attribute.getType() != AttributeType.UNDEFINED) {
      throw new IrException(
          "attribute '" + name + "' is " + attribute.getType() + ", expected " + type);
    }
    return Optional.of(attribute);
  }
}
