package dev.tuckerc.bundle.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuckerc.bundle.BundleException;
import dev.tuckerc.bundle.SourceRules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bundles whose hashes are right and whose author means no good.
class ForeignBundleTest {
  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void write() {
    path = folder.resolve("m");
    BundleWriter.write(SampleBundle.bundle(), path);
  }

  /// Changes a file and makes sizes and hashes right again.
  private void forge(String file, UnaryOperator<String> change) throws Exception {
    Files.writeString(path.resolve(file), change.apply(Files.readString(path.resolve(file))));
    Map<String, byte[]> files = BundleTest.filesOf(path);
    files.remove(ManifestFile.PATH);
    List<ManifestFile.FileEntry> table = new ArrayList<>();
    files.forEach((name, bytes) ->
        table.add(new ManifestFile.FileEntry(name, bytes.length, Hashes.sha256(bytes))));
    Files.writeString(
        path.resolve(ManifestFile.PATH), new ManifestFile(SampleBundle.manifest(), table).print());
  }

  private void refused(String problem) {
    for (var edited : BundleReader.EditedKernels.values()) {
      assertThatThrownBy(() -> BundleReader.read(path, edited))
          .isInstanceOf(BundleException.class)
          .hasMessageStartingWith(path.toString())
          .hasMessageContaining(problem)
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void compilerOptionsAreNotTakenFromABundle() throws Exception {
    forge(
        "kernels/first/kernel.json",
        json ->
            json.replace(
                "\"resources\"", "\"options\" : [ \"--time=/tmp/planted\" ],\n  \"resources\""));
    refused("kernels/first/kernel.json: the file has an unknown field 'options'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "#include \"/etc/hostname\"",
        "  \f#\t include </etc/hostname>",
        "%: include \"/etc/hostname\"",
        "%\\\n:include \"/etc/hostname\"",
        "#inc\\\nlude \"/etc/hostname\"",
        "#\\\r\ninclude \"/etc/hostname\"",
        "/* a\n comment */ # include \"/etc/hostname\"",
        "/* a *\\\n/ #include \"/etc/hostname\"",
        "# /* a comment */ include \"/etc/hostname\"",
        "// a comment that ends \\ \n#include \"/etc/hostname\"",
        "const char* s = R\"(/*)\";\n#include \"/etc/hostname\"\n// */",
        "#include \"/etc/hostname\" // */ #define X",
        "#include_next \"/etc/hostname\"",
        "#import \"/etc/hostname\"",
        "#embed \"/etc/hostname\"",
        "#define H __has##_include\n#if H(\"/etc/hostname\")\n#endif",
        "#ifdef X\n#elif __has_include(\"/etc/hostname\")\n#endif",
        "#line 1 \"/etc/hostname\"",
        "# 1 \"/etc/hostname\"",
        "??=include \"/etc/hostname\"",
      })
  void sourcesReadNoOtherFile(String lines) throws Exception {
    assertThat(SourceRules.forbiddenDirective("int x;\n" + lines + "\n")).isPresent();
    assertThat(SourceRules.forbiddenDirective(lines)).isPresent();
    forge("kernels/first/kernel.cu", source -> lines + "\n" + source);
    refused("kernels/first/kernel.cu: has the directive #");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "#pragma unroll\nfor (;;) {}",
        "#define PASTE(a, b) a##b\n#ifdef PASTE\nint x;\n#else\n#endif",
        "// #include \"x\"",
        "int a; // C# include",
        "asm(\"mov.u32 %0, 1; # include\");",
        "#\nint x;",
      })
  void ordinarySourcesAreTaken(String lines) {
    assertThat(SourceRules.forbiddenDirective("int y;\n" + lines + "\n")).isEmpty();
  }

  @Test
  void parametersAreThoseOfTheParsedPtx() throws Exception {
    String sound = Files.readString(path.resolve("kernels/first/kernel.ptx"));
    // A comment says what the plan wants; the kernel takes one more.
    String header = sound.substring(sound.indexOf(".visible"), sound.indexOf('{'));
    forge(
        "kernels/first/kernel.ptx",
        ptx ->
            ptx.replace(".visible", "/* " + header + " */ .visible")
                .replace("add_param_2", "add_param_2, .param .u64 add_param_3"));
    refused("launch 0 (first) passes 3 pointers, not 4");
    forge("kernels/first/kernel.ptx", _ -> sound.replace("add_param_2", "add_param_2[4]"));
    refused("kernels/first/kernel.ptx: has no entry point add that takes only pointers");
    forge(
        "kernels/first/kernel.ptx",
        _ -> sound.replace(".b64 add_param_2", ".align 8 .b8 add_param_2[8]"));
    refused("has no entry point add that takes only pointers");
    forge("kernels/first/kernel.ptx", _ -> sound.replace(" add(", " sub("));
    refused("has no entry point add that takes only pointers");
    forge("kernels/first/kernel.ptx", _ -> sound + sound.substring(sound.indexOf(".visible")));
    refused("has no entry point add that takes only pointers");
    forge("kernels/first/kernel.ptx", _ -> "no PTX");
    refused("kernels/first/kernel.ptx: is not PTX (first: PTX line 1");
  }

  @Test
  void argumentsAreAlignedAsTheyAreAccessed() throws Exception {
    String body =
        """
        {
          .reg .b64 %rd<4>; .reg .f32 %f<5>;
          griddepcontrol.wait;
          ld.param.u64 %rd1, [add_param_0];
          cvta.to.global.u64 %rd2, %rd1;
          add.s64 %rd3, %rd2, 64;
          ld.global.nc.v4.f32 {%f1, %f2, %f3, %f4}, [%rd3+16];
          ret;
        }
        """;
    forge("kernels/second/kernel.ptx", ptx -> ptx.replace("{ griddepcontrol.wait; ret; }", body));
    BundleReader.read(path);
    forge(
        "plan.json",
        plan -> {
          int second = plan.indexOf("\"second\"");
          return plan.substring(0, second)
              + plan.substring(second)
                  .replaceFirst(
                      "\"offset\" : 0,\\s*\"bytes\" : 16", "\"offset\" : 4, \"bytes\" : 12");
        });
    refused(
        "plan.json: launch 1 (second) passes byte 4 of ARENA as argument 0, which the kernel"
            + " accesses in pieces of 16 bytes");
    // Through the other arguments nothing is accessed.
    forge("kernels/second/kernel.ptx", ptx -> ptx.replace("[add_param_0]", "[add_param_1]"));
    BundleReader.read(path);
  }

  @Test
  void earlyLaunchesWait() throws Exception {
    forge("kernels/second/kernel.ptx", ptx -> ptx.replace("griddepcontrol.wait;", ""));
    refused("launch 1 (second) begins before its predecessor has ended and never waits for it");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"thesis.txt", "kernels/first/kernel.cu~", "kernels/mine/notes", "trace/x"})
  void foreignFilesSurviveARewrite(String file) throws Exception {
    Path mine = path.resolve(file);
    Files.createDirectories(mine.getParent());
    Files.writeString(mine, "years of work", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> BundleWriter.write(SampleBundle.bundle(), path))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("is not part of the bundle that is to be replaced; move it away")
        .hasMessageNotContaining("\n");
    assertThat(mine).hasContent("years of work");
    BundleReader.read(path);
    assertThat(folder.toFile().list()).containsExactly("m");
  }

  /// A manifest that lists a foreign file does not make it the bundle's to remove.
  @Test
  void aManifestCannotHandOverOtherFiles() throws Exception {
    Path outside = Files.writeString(folder.resolve("thesis.txt"), "years of work");
    Path manifest = path.resolve(ManifestFile.PATH);
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"graph.ir\"", "\"../thesis.txt\""));
    assertThatThrownBy(() -> BundleWriter.write(SampleBundle.bundle(), path))
        .hasMessageContaining("graph.ir: is not part of the bundle");
    assertThat(outside).hasContent("years of work");
  }

  @Test
  void aBundleTakesTheOldOnesPlace() throws Exception {
    Files.writeString(path.resolve("kernels/first/kernel.cu"), "// edited");
    BundleWriter.write(SampleBundle.bundle(), path);
    assertThat(BundleReader.read(path).editedKernels()).isEmpty();
    assertThat(folder.toFile().list()).containsExactly("m");
  }
}
