package dev.tuckerc.transform.ranks;

import java.util.regex.Pattern;

/// A layer's name, or a pattern of names in which `*` stands for any characters and `?` for one.
public record LayerPattern(String text) {
  /// Whether it is a pattern and no name.
  public boolean isPattern() {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
  }

  /// Whether it names a layer.
  public boolean matches(String name) {
    if (!isPattern()) {
      return text.equals(name);
    }
    StringBuilder expression = new StringBuilder();
    for (char c : text.toCharArray()) {
      expression.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(expression.toString(), Pattern.DOTALL).matcher(name).matches();
  }
}
