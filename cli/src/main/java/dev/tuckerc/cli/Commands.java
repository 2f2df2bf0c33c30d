package dev.tuckerc.cli;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.evaluate.EvaluateCommand;
import dev.tuckerc.cli.ptx.PtxCommand;
import dev.tuckerc.cli.train.TrainCommand;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;

/// The list of commands.
final class Commands {
  /// A command, or a command line where it has commands of its own, by the name of the user
  /// object's annotation.
  private record Entry(String name, Function<Output, Object> make) {}

  private static final List<Entry> ALL =
      List.of(
          new Entry("zoo", ZooCommand::new),
          new Entry("compile", CompileCommand::new),
          new Entry("run", RunCommand::new),
          new Entry("inspect", InspectCommand::new),
          new Entry("decompose", DecomposeCommand::new),
          new Entry("evaluate", EvaluateCommand::new),
          new Entry("train", TrainCommand::create),
          new Entry("conformance", ConformanceCommand::new),
          new Entry("bench", BenchCommand::new),
          new Entry("ptx", PtxCommand::create),
          new Entry("doctor", DoctorCommand::new),
          new Entry("cache", CacheCommand::new),
          new Entry("warm-up", _ -> new WarmUpCommand()));

  private Commands() {}

  /// Adds the command that the first argument names, or all of them where it names none: picocli
  /// finds the options of a command by reflection, which for all takes longer than many commands
  /// do.
  static void addTo(CommandLine line, String[] args, Output output) {
    List<Entry> named =
        args.length == 0
            ? List.of()
            : ALL.stream().filter(entry -> entry.name().equals(args[0])).toList();
    for (Entry entry : named.isEmpty() ? ALL : named) {
      line.addSubcommand(entry.name(), entry.make().apply(output));
    }
  }
}
