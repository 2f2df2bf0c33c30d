package dev.tuckerc.training.finetune;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.OptionalDouble;

/// One epoch in figures.
///
/// @param epoch from 1
/// @param loss mean over the epoch's steps, what a method adds included
/// @param accuracy on the training samples as they were augmented, while the weights changed
/// @param testLoss cross-entropy on the test samples after the epoch
/// @param testAccuracy top-1 on them
/// @param rate of the last step
/// @param seconds the epoch took, the test included
/// @param figures of the method
public record EpochRecord(
    int epoch,
    double loss,
    double accuracy,
    OptionalDouble testLoss,
    OptionalDouble testAccuracy,
    double rate,
    double seconds,
    Map<String, Double> figures) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// One line of JSON.
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("epoch", epoch).put("loss", loss).put("accuracy", accuracy);
    testLoss.ifPresent(value -> node.put("testLoss", value));
    testAccuracy.ifPresent(value -> node.put("testAccuracy", value));
    node.put("rate", rate).put("seconds", Math.round(seconds * 100) / 100.0);
    figures.forEach(node::put);
    return node.toString();
  }
}
