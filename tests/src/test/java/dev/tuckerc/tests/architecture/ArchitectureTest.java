package dev.tuckerc.tests.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The walls between the stages. Every package of the project is listed here with the packages that
/// it may use; a new package has to be listed before it compiles into a green build.
class ArchitectureTest {
  private static final String ROOT = "dev.tuckerc.";

  /// What every family of kernels may use; families never use each other, but for reductions
  /// written as maps and regions of products.
  private static final String[] KERNEL_FAMILY = {
    "codegen.select", "codegen.emit", "codegen.template", "ir", "tensor", "cost"
  };

  /// Own package, sub-packages included, to the own packages that it may use.
  private static final Map<String, List<String>> EDGES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("tensor", List.of()),
              Map.entry("ir", List.of("tensor", "grammar")),
              Map.entry("linalg", List.of("tensor")),
              Map.entry("linalg.matrix", List.of("tensor")),
              Map.entry("linalg.fit", List.of("linalg", "tensor")),
              Map.entry("data", List.of("tensor")),
              Map.entry("cost", List.of("ir", "tensor")),
              Map.entry("onnx", List.of("ir", "tensor")),
              Map.entry("zoo", List.of("onnx", "ir", "tensor")),
              Map.entry("transform", List.of("ir", "tensor", "linalg", "cost")),
              Map.entry("codegen", List.of("ir", "tensor", "cost", "templates", "grammar")),
              Map.entry("codegen.template", List.of("templates", "grammar")),
              Map.entry("codegen.select", List.of("codegen.template", "ir", "tensor", "cost")),
              Map.entry("codegen.emit", List.of("codegen.select", "ir", "tensor")),
              Map.entry("codegen.gemm", List.of(KERNEL_FAMILY)),
              Map.entry(
                  "codegen.convolution",
                  Stream.concat(Stream.of("codegen.gemm"), Stream.of(KERNEL_FAMILY)).toList()),
              Map.entry("codegen.move", List.of(KERNEL_FAMILY)),
              Map.entry(
                  "codegen.region",
                  Stream.concat(Stream.of("codegen.gemm"), Stream.of(KERNEL_FAMILY)).toList()),
              Map.entry(
                  "codegen.reduction",
                  Stream.concat(Stream.of("codegen.move"), Stream.of(KERNEL_FAMILY)).toList()),
              Map.entry("onnx.model", List.of("ir", "tensor")),
              Map.entry("onnx.content", List.of("onnx.model", "ir", "tensor")),
              Map.entry("onnx.operators", List.of("onnx.content", "onnx.model", "ir", "tensor")),
              Map.entry(
                  "onnx.importer",
                  List.of("onnx.operators", "onnx.content", "onnx.model", "ir", "tensor")),
              Map.entry("onnx.exporter", List.of("onnx.model", "ir", "tensor")),
              Map.entry("templates", List.of()),
              Map.entry("device", List.of()),
              Map.entry("ptx", List.of("device", "grammar")),
              Map.entry("bundle", List.of("device", "ptx")),
              Map.entry("cuda", List.of("device")),
              Map.entry("emulator", List.of("device", "ptx")),
              Map.entry("execute", List.of("bundle", "device")),
              Map.entry("training", List.of("data", "ir", "tensor", "linalg", "cost", "transform")),
              Map.entry("training.model", List.of("ir", "tensor")),
              Map.entry("training.data", List.of("data", "tensor")),
              Map.entry("training.checkpoint", List.of("tensor")),
              Map.entry("training.distributed", List.of("training.finetune")),
              Map.entry(
                  "training.finetune",
                  List.of(
                      "training.model",
                      "training.data",
                      "training.checkpoint",
                      "data",
                      "ir",
                      "tensor")),
              Map.entry("grammar", List.of())));

  /// Libraries that only these packages may touch.
  private static final Map<String, List<String>> LIBRARIES =
      new TreeMap<>(
          Map.of(
              "jcuda..", List.of("cuda"),
              "org.nd4j..", List.of("ir.interpret"),
              "org.bytedeco.openblas..", List.of("linalg.matrix", "ir.interpret"),
              "org.tukaani..", List.of("data"),
              "org.bytedeco.pytorch..", List.of("training", "benchmarks"),
              "ai.onnx.proto..", List.of("onnx"),
              "com.google.protobuf..", List.of("onnx"),
              "picocli..", List.of("cli", "lab"),
              "me.tongfei..", List.of("cli")));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.tuckerc");

  @TestFactory
  Stream<DynamicTest> everyPackageUsesOnlyWhatItMay() {
    return EDGES.entrySet().stream()
        .map(edge ->
            DynamicTest.dynamicTest(
                edge.getKey() + " -> " + edge.getValue(),
                () -> edgeRule(edge.getKey(), edge.getValue()).check(CLASSES)));
  }

  private static ArchRule edgeRule(String from, List<String> allowed) {
    String[] packages =
        Stream.concat(Stream.of(from), allowed.stream())
            .map(name -> ROOT + name + "..")
            .toArray(String[]::new);
    DescribedPredicate<JavaClass> forbidden =
        resideInAPackage("dev.tuckerc..").and(DescribedPredicate.not(resideInAnyPackage(packages)));
    return noClasses()
        .that()
        .resideInAPackage(ROOT + from + "..")
        .should()
        .dependOnClassesThat(forbidden)
        .allowEmptyShould(true);
  }

  @TestFactory
  Stream<DynamicTest> librariesStayBehindTheirWalls() {
    return LIBRARIES.entrySet().stream()
        .map(library ->
            DynamicTest.dynamicTest(
                library.getKey() + " only in " + library.getValue(),
                () ->
                    noClasses()
                        .that()
                        .resideInAPackage("dev.tuckerc..")
                        .and()
                        .resideOutsideOfPackages(
                            library.getValue().stream()
                                .map(name -> ROOT + name + "..")
                                .toArray(String[]::new))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(library.getKey())
                        .check(CLASSES)));
  }

  @Test
  void onlyTheInterpreterKnowsMoreThanTheIrItself() {
    noClasses()
        .that()
        .resideInAPackage("dev.tuckerc.ir")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.tuckerc.ir.*..", "dev.tuckerc.grammar..")
        .check(CLASSES);
  }

  @Test
  void theRunTimeNeverSeesOnnxOrTheCompiler() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.tuckerc.bundle..",
            "dev.tuckerc.device..",
            "dev.tuckerc.ptx..",
            "dev.tuckerc.cuda..",
            "dev.tuckerc.emulator..",
            "dev.tuckerc.execute..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.tuckerc.onnx..",
            "dev.tuckerc.ir..",
            "dev.tuckerc.tensor..",
            "dev.tuckerc.transform..",
            "dev.tuckerc.codegen..",
            "dev.tuckerc.cost..",
            "ai.onnx..")
        .check(CLASSES);
  }

  @Test
  void everyPackageIsListed() {
    String[] known =
        Stream.concat(EDGES.keySet().stream(), Stream.of("cli", "lab", "benchmarks"))
            .map(name -> ROOT + name + "..")
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage("dev.tuckerc..")
        .should()
        .resideInAnyPackage(known)
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.tuckerc.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }
}
