package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.region.RegionPlan.StagePlan;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.template.KernelTemplate;
import dev.tuckerc.codegen.template.TemplateInstance;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Fills the fragments that a region's kernel is made of: what they know of its stages.
record RegionFragments(RegionChain chain, LoweringContext context) {

  /// What fragments may know of a stage; each uses a part of it.
  private SequencedMap<String, Long> geometry(int index, RegionPlan plan) {
    StagePlan stage = plan.stages().get(index);
    List<Long> extents = chain.stages().get(index).node().result().shape().extents();
    SequencedMap<String, Long> shape = new LinkedHashMap<>();
    boolean pooled = chain.stages().get(index) instanceof Pooled;
    boolean shared = chain.isMultiplied(index) && plan.tile().cluster() > 1;
    shape.put("CHUNK", (long) chain.arithmetic().chunk());
    shape.put("CHANNELS", extents.get(1));
    shape.put("STORED", chain.stages().get(index).stored().isPresent() ? 1L : 0L);
    // Every block of a cluster pools the whole tile by itself where a product needs all of it.
    shape.put("SHARED_BY_CLUSTER", shared && !pooled ? 1L : 0L);
    shape.put("AWAITS_RESIDUALS", chain.asksForMore(index + 1) ? 1L : 0L);
    shape.put("HOLDS", stage.held() ? 1L : 0L);
    shape.put("READS_HELD", plan.readsHeld(index) ? 1L : 0L);
    shape.put("SOURCE", stage.source());
    shape.put("SOURCE_PITCH", stage.sourcePitch());
    shape.put("TARGET", stage.target());
    shape.put("TARGET_PITCH", stage.targetPitch());
    shape.put("ROWS", stage.rows());
    shape.put("ROW_WIDTH", plan.tile().width() / stage.down());
    shape.put("DOWN", stage.down());
    shape.put("STAGE_H", extents.get(2));
    shape.put("STAGE_W", extents.get(3));
    return shape;
  }

  /// Code of a fragment for a stage.
  ///
  /// @param own what fragments of this kind know besides, or otherwise than the stage
  String of(
      String name, int index, RegionPlan plan, Map<String, String> holes, Map<String, Long> own) {
    KernelTemplate fragment = context.library().fragment(name);
    SequencedMap<String, Long> shape = geometry(index, plan);
    shape.putAll(own);
    shape.keySet().retainAll(fragment.shapes());
    return new TemplateInstance(
            fragment, fragment.constants(shape, Map.of()), holes, new LinkedHashSet<>())
        .text();
  }

  /// Code of a fragment that knows no more than the kernel.
  String part(String name, SequencedMap<String, Long> kernel) {
    KernelTemplate fragment = context.library().fragment(name);
    SequencedMap<String, Long> shape = new LinkedHashMap<>(kernel);
    shape.keySet().retainAll(fragment.shapes());
    return new TemplateInstance(
            fragment, fragment.constants(shape, Map.of()), Map.of(), new LinkedHashSet<>())
        .text();
  }

  /// @param held whether the result stays in registers
  String title(int index, boolean held) {
    Stage stage = chain.stages().get(index);
    String what =
        switch (stage) {
          case Product product when index == 0 ->
              "convolution %s, %d -> %d channels%s"
                  .formatted(
                      window(product),
                      product.problem().run(),
                      product.channels(),
                      groups(product));
          case Depthwise depthwise ->
              "depthwise convolution %s of %d channels"
                  .formatted(window(depthwise), depthwise.channels());
          case Product product ->
              "product, %d%s -> %d channels%s"
                  .formatted(
                      product.problem().run(),
                      product.problem().branch().map(branch -> " + " + branch.run()).orElse(""),
                      product.channels(),
                      groups(product));
          case Pooled _ -> "pool 2 x 2 of %d channels".formatted(stage.channels());
        };
    String where =
        stage.stored().isPresent()
            ? ""
            : "; its result stays in " + (held ? "registers" : "shared memory");
    return "// Stage %d of %d: %s%s.".formatted(index + 1, chain.stages().size(), what, where);
  }

  private static String groups(Product product) {
    long groups = product.problem().weight().diagonal().blocks();
    return groups == 1 ? "" : " in " + groups + " groups";
  }

  private static String window(Sum sum) {
    List<Long> kernel = sum.problem().window().kernel();
    return "%d x %d".formatted(kernel.get(1), kernel.get(2));
  }
}
