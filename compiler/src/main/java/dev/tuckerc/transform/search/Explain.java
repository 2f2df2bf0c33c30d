package dev.tuckerc.transform.search;

/// Asks for the trade-off of a layer; a handle of the pass context. The pass publishes a
/// [dev.tuckerc.transform.report.LayerTradeOff].
///
/// @param layer name of its ONNX node
public record Explain(String layer) {}
