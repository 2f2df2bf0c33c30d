package dev.tuckerc.codegen.select;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.Estimate.Bound;
import dev.tuckerc.cost.Estimate.PhaseTime;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Decisions and estimates as bytes, exactly: what is read equals what was written.
final class DecisionBytes {
  private DecisionBytes() {}

  static void write(Decision decision, DataOutputStream out) throws IOException {
    out.writeUTF(decision.template());
    write(decision.parameters(), out);
    write(decision.estimate(), out);
    out.writeBoolean(decision.runnerUp().isPresent());
    if (decision.runnerUp().isPresent()) {
      Decision.RunnerUp second = decision.runnerUp().get();
      out.writeUTF(second.template());
      write(second.parameters(), out);
      write(second.estimate(), out);
      out.writeUTF(second.reason());
    }
    out.writeInt(decision.considered());
    out.writeInt(decision.notes().size());
    for (String note : decision.notes()) {
      out.writeUTF(note);
    }
  }

  static Decision read(DataInputStream in) throws IOException {
    String template = in.readUTF();
    SequencedMap<String, Long> parameters = parameters(in);
    Estimate estimate = estimate(in);
    Optional<Decision.RunnerUp> second =
        in.readBoolean()
            ? Optional.of(
                new Decision.RunnerUp(in.readUTF(), parameters(in), estimate(in), in.readUTF()))
            : Optional.empty();
    int considered = in.readInt();
    List<String> notes = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      notes.add(in.readUTF());
    }
    return new Decision(template, parameters, estimate, second, considered, notes);
  }

  private static void write(SequencedMap<String, Long> parameters, DataOutputStream out)
      throws IOException {
    out.writeInt(parameters.size());
    for (Map.Entry<String, Long> parameter : parameters.entrySet()) {
      out.writeUTF(parameter.getKey());
      out.writeLong(parameter.getValue());
    }
  }

  private static SequencedMap<String, Long> parameters(DataInputStream in) throws IOException {
    SequencedMap<String, Long> parameters = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      parameters.put(in.readUTF(), in.readLong());
    }
    return parameters;
  }

  static void write(Estimate estimate, DataOutputStream out) throws IOException {
    out.writeDouble(estimate.edge());
    out.writeDouble(estimate.firstLoad());
    out.writeInt(estimate.phases().size());
    for (PhaseTime phase : estimate.phases()) {
      out.writeUTF(phase.name());
      out.writeDouble(phase.microseconds());
      out.writeUTF(phase.bound().name());
    }
    out.writeDouble(estimate.deviceMemory());
    out.writeDouble(estimate.store());
    out.writeLong(estimate.blocks());
    out.writeDouble(estimate.waves());
  }

  static Estimate estimate(DataInputStream in) throws IOException {
    double edge = in.readDouble();
    double firstLoad = in.readDouble();
    List<PhaseTime> phases = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      phases.add(new PhaseTime(in.readUTF(), in.readDouble(), Bound.valueOf(in.readUTF())));
    }
    return new Estimate(
        edge, firstLoad, phases, in.readDouble(), in.readDouble(), in.readLong(), in.readDouble());
  }
}
