package dev.tuckerc.ir.text;

import dev.tuckerc.grammar.tensorir.TensorIrParser;
import dev.tuckerc.ir.Attribute;
import dev.tuckerc.ir.Attributes;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads attributes from the syntax tree.
///
/// @param weights where referenced constants come from
record AttributeReader(Weights weights) {

  /// @param result the node's stated type, which is that of constant data
  Attributes attributes(TensorIrParser.@Nullable AttributesContext tree, TensorType result) {
    Attributes attributes = Attributes.NONE;
    if (tree == null) {
      return attributes;
    }
    for (TensorIrParser.AttributeContext attribute : tree.attribute()) {
      String name = attribute.name().getText();
      if (attributes.find(name).isPresent()) {
        throw Syntax.error(attribute, "attribute '" + name + "' is given twice; remove one");
      }
      attributes = attributes.with(name, value(attribute.attributeValue(), result));
    }
    return attributes;
  }

  private Attribute value(TensorIrParser.AttributeValueContext value, TensorType result) {
    return switch (value) {
      case TensorIrParser.TextContext text ->
          new Attribute.Text(Syntax.string(text.getText(), text));
      case TensorIrParser.NestedBlockContext nested ->
          new Attribute.Block(new SyntaxTreeReader(weights).block("", nested.block()));
      case TensorIrParser.BodyContext body -> new Attribute.Body(ScalarReader.body(body));
      case TensorIrParser.ReferenceContext reference -> referenced(reference, result);
      case TensorIrParser.DataContext data -> inline(data, result);
      case TensorIrParser.ListContext list ->
          list(list.listItem().stream().map(TensorIrParser.ListItemContext::dim).toList());
      case TensorIrParser.SingleContext single -> scalar(single.scalar());
      default -> throw new IllegalStateException("no attribute: " + value.getText());
    };
  }

  private static Attribute list(List<TensorIrParser.DimContext> items) {
    if (items.stream().allMatch(Syntax::isInteger)) {
      return new Attribute.Ints(
          items.stream().map(i -> Syntax.integer(i.getText(), Long.MAX_VALUE, i)).toList());
    }
    if (items.stream().anyMatch(Syntax::isReal)) {
      return new Attribute.Reals(items.stream().map(AttributeReader::real).toList());
    }
    return new Attribute.Extents(new Shape(items.stream().map(Syntax::dim).toList()));
  }

  private static double real(TensorIrParser.DimContext item) {
    try {
      return Numbers.parseReal(item.getText());
    } catch (NumberFormatException e) {
      throw Syntax.error(item, item.getText() + " is no number; the list holds numbers");
    }
  }

  private static Attribute scalar(TensorIrParser.ScalarContext scalar) {
    String text = scalar.getText();
    if (scalar.INTEGER() != null) {
      return new Attribute.Int(Syntax.integer(text, Long.MAX_VALUE, scalar));
    }
    if (text.equals("true") || text.equals("false")) {
      return new Attribute.Flag(text.equals("true"));
    }
    if (DataType.parse(text).isPresent()) {
      return new Attribute.Type(DataType.parse(text).orElseThrow());
    }
    try {
      return new Attribute.Real(Numbers.parseReal(text));
    } catch (NumberFormatException e) {
      throw Syntax.error(
          scalar,
          "'" + text + "' is no value; write a number, true, false, an element type or \"text\"");
    }
  }

  private Attribute referenced(TensorIrParser.ReferenceContext tree, TensorType result) {
    String reference =
        tree.name() != null ? tree.name().getText() : Syntax.string(tree.STRING().getText(), tree);
    Tensor tensor =
        weights
            .find(reference)
            .orElseThrow(() ->
                Syntax.error(
                    tree,
                    "the weights hold no \""
                        + reference
                        + "\"; give the weights file that belongs to this text"));
    if (tensor.type() != result.elementType() || !result.shape().equals(Shape.of(tensor.shape()))) {
      throw Syntax.error(
          tree,
          "weight \""
              + reference
              + "\" is "
              + tensor.type()
              + tensor.shape()
              + ", not "
              + TypeText.print(result)
              + "; give the weights file that belongs to this text");
    }
    return new Attribute.Data(tensor);
  }

  private static Attribute inline(TensorIrParser.DataContext data, TensorType result) {
    List<TensorIrParser.ScalarContext> elements = data.scalar();
    boolean fits = result.shape().isStatic();
    for (int axis = 0; fits && axis < result.shape().rank(); axis++) {
      fits = result.shape().extent(axis) <= Math.max(1, elements.size());
    }
    if (!fits || result.shape().rank() > 64 || count(result.shape()) != elements.size()) {
      throw Syntax.error(
          data,
          elements.size()
              + " elements do not fill "
              + TypeText.print(result)
              + "; give as many as the type has");
    }
    Tensor tensor = Tensor.zeros(result.elementType(), result.shape().extents());
    for (int i = 0; i < elements.size(); i++) {
      try {
        Numbers.parseElement(tensor, i, elements.get(i).getText());
      } catch (NumberFormatException e) {
        throw Syntax.error(
            elements.get(i),
            "'" + elements.get(i).getText() + "' is no value of " + result.elementType());
      }
    }
    return new Attribute.Data(tensor);
  }

  /// Number of elements, saturated: the extents come from the text.
  private static long count(Shape shape) {
    double count = 1;
    for (long extent : shape.extents()) {
      count *= extent;
    }
    return (long) count;
  }
}
