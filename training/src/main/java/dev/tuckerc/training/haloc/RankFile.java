package dev.tuckerc.training.haloc;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.RankChoice;
import java.util.List;
import java.util.Optional;

/// Chosen candidates as the text of a file that the rank policy `fixed=FILE` reads
/// ([dev.tuckerc.transform.ranks.RanksByLayer]).
public final class RankFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RankFile() {}

  /// @param chosen one for each layer of the space
  public static String text(SearchSpace space, List<Candidate> chosen) {
    ObjectNode root = JSON.createObjectNode();
    for (int i = 0; i < chosen.size(); i++) {
      Optional<RankChoice> choice = chosen.get(i).form().map(LayerForm::choice);
      for (Layer layer : space.layers().get(i).users()) {
        if (choice.isPresent() && choice.get() instanceof RankChoice.Ranks(int in, int out)) {
          root.putObject(layer.name()).put("in", in).put("out", out);
        } else {
          root.put(layer.name(), "dense");
        }
      }
    }
    return root.toPrettyString() + "\n";
  }
}
