package dev.tuckerc.codegen.template;

/// A template is malformed or is used in a way it does not allow; a defect of tuckerc itself.
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    super(message);
  }
}
