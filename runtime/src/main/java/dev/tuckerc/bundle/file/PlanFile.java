package dev.tuckerc.bundle.file;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.ArenaValue;
import dev.tuckerc.bundle.BufferReference;
import dev.tuckerc.bundle.JsonText;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.Plan;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.WeightPlacement;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelCode;
import java.util.List;
import java.util.Locale;

/// `plan.json` and `kernels/<name>/kernel.json`, to and from text.
final class PlanFile {
  private PlanFile() {}

  static String print(Plan plan) {
    ObjectNode root = JsonText.object();
    ObjectNode arena = root.putObject("arena");
    arena.put("bytes", plan.arenaBytes());
    ArrayNode values = arena.putArray("values");
    for (ArenaValue value : plan.arena()) {
      ObjectNode node = values.addObject();
      node.put("name", value.name());
      node.put("offset", value.offset());
      node.put("bytes", value.bytes());
      node.put("firstLaunch", value.firstLaunch());
      node.put("lastLaunch", value.lastLaunch());
    }
    ObjectNode weights = root.putObject("weights");
    weights.put("bytes", plan.weightBytes());
    ArrayNode placements = weights.putArray("tensors");
    for (WeightPlacement weight : plan.weights()) {
      ObjectNode node = placements.addObject();
      node.put("name", weight.tensor());
      node.put("offset", weight.offset());
    }
    ArrayNode launches = root.putArray("launches");
    for (PlannedLaunch launch : plan.launches()) {
      ObjectNode node = launches.addObject();
      node.put("kernel", launch.kernel());
      print(launch.grid(), node.putArray("grid"));
      print(launch.block(), node.putArray("block"));
      node.put("sharedBytes", launch.sharedBytes());
      ArrayNode arguments = node.putArray("arguments");
      launch.arguments().forEach(reference -> print(reference, arguments.addObject()));
      node.put("programmatic", launch.programmatic());
    }
    ArrayNode faults = root.putArray("faults");
    plan.faults().forEach(faults::add);
    return JsonText.print(root);
  }

  private static void print(Dim3 extent, ArrayNode list) {
    list.add(extent.x()).add(extent.y()).add(extent.z());
  }

  private static void print(BufferReference reference, ObjectNode node) {
    node.put("space", reference.space().name().toLowerCase(Locale.ROOT));
    node.put("index", reference.index());
    node.put("offset", reference.offset());
    node.put("bytes", reference.bytes());
  }

  static Plan parsePlan(String file, String text) {
    JsonView root =
        JsonView.parse(file, text).requireFields("arena", "weights", "launches", "faults");
    JsonView arena = root.field("arena").requireFields("bytes", "values");
    JsonView weights = root.field("weights").requireFields("bytes", "tensors");
    List<ArenaValue> values = arena.list("values", PlanFile::arenaValue);
    List<WeightPlacement> placements = weights.list("tensors", PlanFile::placement);
    List<PlannedLaunch> launches = root.list("launches", PlanFile::launch);
    List<String> faults = root.list("faults", JsonView::text);
    return root.build(() ->
        new Plan(
            arena.number("bytes"), values, weights.number("bytes"), placements, launches, faults));
  }

  private static ArenaValue arenaValue(JsonView view) {
    view.requireFields("name", "offset", "bytes", "firstLaunch", "lastLaunch");
    return view.build(() ->
        new ArenaValue(
            view.text("name"),
            view.number("offset"),
            view.number("bytes"),
            view.integer("firstLaunch"),
            view.integer("lastLaunch")));
  }

  private static WeightPlacement placement(JsonView view) {
    view.requireFields("name", "offset");
    return view.build(() -> new WeightPlacement(view.text("name"), view.number("offset")));
  }

  private static PlannedLaunch launch(JsonView view) {
    view.requireFields("kernel", "grid", "block", "sharedBytes", "arguments", "programmatic");
    Dim3 grid = extent(view.field("grid"));
    Dim3 block = extent(view.field("block"));
    List<BufferReference> arguments = view.list("arguments", PlanFile::reference);
    return view.build(() ->
        new PlannedLaunch(
            view.text("kernel"),
            grid,
            block,
            view.integer("sharedBytes"),
            arguments,
            view.flag("programmatic")));
  }

  private static Dim3 extent(JsonView view) {
    List<Integer> parts = view.items().stream().map(JsonView::integer).toList();
    if (parts.size() != 3 || parts.stream().anyMatch(part -> part < 1)) {
      throw view.wrong("must be three numbers from 1");
    }
    return new Dim3(parts.get(0), parts.get(1), parts.get(2));
  }

  private static BufferReference reference(JsonView view) {
    view.requireFields("space", "index", "offset", "bytes");
    BufferReference.Space space =
        switch (view.text("space")) {
          case "input" -> BufferReference.Space.INPUT;
          case "output" -> BufferReference.Space.OUTPUT;
          case "arena" -> BufferReference.Space.ARENA;
          case "weights" -> BufferReference.Space.WEIGHTS;
          case "fault" -> BufferReference.Space.FAULT;
          case "counters" -> BufferReference.Space.COUNTERS;
          default -> throw view.wrong("names no memory");
        };
    return view.build(() ->
        new BufferReference(
            space, view.integer("index"), view.number("offset"), view.number("bytes")));
  }

  static String print(KernelRecord kernel) {
    ObjectNode root = JsonText.object();
    root.put("name", kernel.name());
    root.put("entryPoint", kernel.entryPoint());
    ObjectNode resources = root.putObject("resources");
    resources.put("registers", kernel.resources().registers());
    resources.put("sharedBytes", kernel.resources().sharedBytes());
    resources.put("spillStoreBytes", kernel.resources().spillStoreBytes());
    resources.put("spillLoadBytes", kernel.resources().spillLoadBytes());
    resources.put("stackBytes", kernel.resources().stackBytes());
    root.set("decision", JsonText.parse(kernel.decision()));
    return JsonText.print(root);
  }

  static KernelRecord parseKernel(
      String file, String folderName, String text, String source, KernelCode code) {
    JsonView root =
        JsonView.parse(file, text).requireFields("name", "entryPoint", "resources", "decision");
    if (!root.text("name").equals(folderName)) {
      throw root.field("name").wrong("is not the name of its folder, " + folderName);
    }
    JsonView resources =
        root.field("resources")
            .requireFields(
                "registers", "sharedBytes", "spillStoreBytes", "spillLoadBytes", "stackBytes");
    return root.build(() ->
        new KernelRecord(
            folderName,
            root.text("entryPoint"),
            source,
            code,
            new CompiledKernel.Resources(
                resources.integer("registers"),
                resources.integer("sharedBytes"),
                resources.integer("spillStoreBytes"),
                resources.integer("spillLoadBytes"),
                resources.integer("stackBytes")),
            root.field("decision").json()));
  }
}
