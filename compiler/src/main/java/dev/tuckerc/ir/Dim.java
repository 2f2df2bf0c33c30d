package dev.tuckerc.ir;

/// Extent of one dimension: known, or symbolic until a model is compiled for concrete shapes.
public sealed interface Dim {

  /// A known extent, at least 0.
  record Known(long extent) implements Dim {
    public Known {
      if (extent < 0) {
        throw new IrException("negative extent " + extent);
      }
    }

    @Override
    public String toString() {
      return Long.toString(extent);
    }
  }

  /// An unknown extent, named by a symbol (`N`) or an expression over symbols (`(H+1)/2`). Two
  /// symbolic extents are equal when their texts are.
  record Symbolic(String expression) implements Dim {
    public Symbolic {
      if (expression.isBlank()) {
        throw new IrException("a symbolic extent needs a name");
      }
      // Arithmetic on symbols only concatenates texts, which can double with every node.
      if (expression.length() > 1000) {
        throw new IrException(
            "symbolic extent '"
                + expression.substring(0, 40)
                + "...' is too long; give its symbols values with --shape");
      }
    }

    @Override
    public String toString() {
      return expression;
    }
  }

  /// A known extent.
  static Dim of(long extent) {
    return new Known(extent);
  }

  /// Whether the extent is known.
  default boolean isKnown() {
    return this instanceof Known;
  }

  /// The known extent.
  ///
  /// @throws IrException when symbolic
  default long extent() {
    return switch (this) {
      case Known(long extent) -> extent;
      case Symbolic(String expression) ->
          throw new IrException(
              "extent '" + expression + "' is symbolic; give it a value with --shape");
    };
  }

  /// This extent plus a constant.
  default Dim plus(long addend) {
    return switch (this) {
      case Known(long extent) -> of(extent + addend);
      case Symbolic s when addend == 0 -> s;
      case Symbolic(String e) -> {
        int sign = trailingTerm(e);
        yield sign < 0
            ? new Symbolic("(" + e + (addend < 0 ? "" : "+") + addend + ")")
            : new Symbolic(e.substring(1, sign))
                .plus(addend + Long.parseLong(e.substring(sign, e.length() - 1)));
      }
    };
  }

  /// Where the sign of `c` is in an expression `(e+c)` or `(e-c)` with a number `c`; -1 in any
  /// other.
  private static int trailingTerm(String expression) {
    if (!expression.matches("\\(.+[+-]\\d{1,12}\\)")) {
      return -1;
    }
    int sign = Math.max(expression.lastIndexOf('+'), expression.lastIndexOf('-'));
    int depth = 0;
    for (int i = 1; i < sign; i++) {
      depth += expression.charAt(i) == '(' ? 1 : expression.charAt(i) == ')' ? -1 : 0;
      if (depth < 0) {
        return -1;
      }
    }
    return depth == 0 ? sign : -1;
  }

  /// This extent times a constant.
  default Dim times(long factor) {
    return switch (this) {
      case Known(long extent) -> of(extent * factor);
      case Symbolic s when factor == 1 -> s;
      case Symbolic(String e) -> new Symbolic(e + "*" + factor);
    };
  }

  /// This extent times another.
  default Dim times(Dim factor) {
    return switch (factor) {
      case Known(long extent) -> times(extent);
      case Symbolic(String f) ->
          switch (this) {
            case Known(long extent) -> factor.times(extent);
            case Symbolic(String e) -> new Symbolic(e + "*" + f);
          };
    };
  }

  /// This extent divided by a positive constant, rounded down.
  default Dim dividedBy(long divisor) {
    return switch (this) {
      case Known(long extent) -> of(Math.floorDiv(extent, divisor));
      case Symbolic s when divisor == 1 -> s;
      case Symbolic(String e) -> {
        boolean closed = trailingTerm(e) >= 0 || e.matches("\\w+");
        yield new Symbolic((closed ? e : "(" + e + ")") + "/" + divisor);
      }
    };
  }
}
