package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import dev.tuckerc.onnx.model.OnnxException.Code;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Versions of the operator sets that a model or function imports, by domain. The standard domain
/// is the empty string.
public record Opsets(Map<String, Long> versions) {
  /// The last standard operator set whose definitions this importer was written against.
  public static final long NEWEST = 28;

  public static Opsets of(ModelProto model, String file) {
    if (model.getOpsetImportCount() == 0) {
      if (model.getIrVersion() >= 3 || model.getIrVersion() <= 0) {
        throw new OnnxException(
            Code.ONNX004, file + ": the model imports no operator set; export it again");
      }
      return new Opsets(Map.of("", 1L));
    }
    return of(model.getOpsetImportList());
  }

  public static Opsets of(List<OperatorSetIdProto> imports) {
    Map<String, Long> versions = new TreeMap<>();
    for (OperatorSetIdProto entry : imports) {
      versions.put(canonical(entry.getDomain()), entry.getVersion());
    }
    return new Opsets(versions);
  }

  /// `ai.onnx` is another spelling of the standard domain.
  public static String canonical(String domain) {
    return domain.equals("ai.onnx") ? "" : domain;
  }

  public boolean imports(String domain) {
    return versions.containsKey(domain);
  }

  public long version(String domain) {
    return versions.getOrDefault(domain, 0L);
  }
}
