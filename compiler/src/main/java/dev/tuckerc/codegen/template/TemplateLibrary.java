package dev.tuckerc.codegen.template;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The templates and helper files shipped with tuckerc. Each is read and parsed once. Thread-safe.
public final class TemplateLibrary {
  private static final String FOLDER = "/dev/tuckerc/templates/";
  private static final TemplateLibrary STANDARD = new TemplateLibrary();

  private final Map<String, KernelTemplate> templates = new ConcurrentHashMap<>();
  private final Map<String, KernelTemplate> fragments = new ConcurrentHashMap<>();
  private final Map<String, String> helpers = new ConcurrentHashMap<>();

  private TemplateLibrary() {}

  /// The library shipped with tuckerc.
  public static TemplateLibrary standard() {
    return STANDARD;
  }

  /// The template of this name: `conv.simt` is the file `conv_simt.cu`.
  ///
  /// @throws TemplateException when there is none or it is malformed
  public KernelTemplate template(String name) {
    return templates.computeIfAbsent(name, n -> parse(n, ".cu"));
  }

  /// The fragment of this name, text for a hole of a template: `region.pool` is the file
  /// `region_pool.cuh`.
  ///
  /// @throws TemplateException when there is none or it is malformed
  public KernelTemplate fragment(String name) {
    return fragments.computeIfAbsent(name, n -> parse(n, ".cuh"));
  }

  /// Text of a helper file, such as `half.cuh`.
  ///
  /// @throws TemplateException when there is none
  public String helper(String file) {
    return helpers.computeIfAbsent(file, TemplateLibrary::read);
  }

  private KernelTemplate parse(String name, String ending) {
    String file = name.replace('.', '_') + ending;
    KernelTemplate template = KernelTemplate.parse(file, read(file));
    if (!template.name().equals(name)) {
      throw new TemplateException(
          file + " declares template " + template.name() + " instead of " + name);
    }
    return template;
  }

  private static String read(String file) {
    try (InputStream stream = TemplateLibrary.class.getResourceAsStream(FOLDER + file)) {
      if (stream == null) {
        throw new TemplateException("there is no template file " + file);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read template file " + file, e);
    }
  }
}
