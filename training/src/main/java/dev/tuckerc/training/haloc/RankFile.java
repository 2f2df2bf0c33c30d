package dev.tuckerc.training.haloc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.List;

/// Chosen candidates as the text of a file that the rank policy `fixed=FILE` reads
/// ([dev.tuckerc.transform.ranks.RanksByLayer]).
public final class RankFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RankFile() {}

  /// @param chosen one for each layer of the space
  public static String text(SearchSpace space, List<Candidate> chosen) {
    ObjectNode root = JSON.createObjectNode();
    for (int i = 0; i < chosen.size(); i++) {
      Candidate candidate = chosen.get(i);
      for (Layer layer : space.layers().get(i).users()) {
        if (candidate.form().isEmpty()) {
          root.put(layer.name(), "dense");
          continue;
        }
        ObjectNode entry = root.putObject(layer.name());
        if (candidate.form().get().choice() instanceof RankChoice.Ranks(int in, int out)) {
          entry.put("in", in).put("out", out);
        } else {
          entry.put("terms", candidate.terms());
        }
      }
    }
    return root.toPrettyString() + "\n";
  }
}
