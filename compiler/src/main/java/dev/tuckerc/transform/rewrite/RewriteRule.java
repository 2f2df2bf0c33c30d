package dev.tuckerc.transform.rewrite;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.Optional;

/// A local rewrite. Its Javadoc states it as an equation.
@FunctionalInterface
public interface RewriteRule {
  /// Tries to rewrite one node.
  ///
  /// A rule looks around and makes nodes through `context`; what it made is dropped when it returns
  /// empty. It must make progress: whatever it returns may be tried again by every rule.
  ///
  /// @return the value to use in place of the node's result, of the same type; empty for no change
  Optional<Value> apply(Node node, RewriteContext context);

  /// Name in remarks: the class's.
  default String name() {
    return getClass().getSimpleName();
  }
}
