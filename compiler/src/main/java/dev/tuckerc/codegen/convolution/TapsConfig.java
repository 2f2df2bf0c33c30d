package dev.tuckerc.codegen.convolution;

/// The constants of a candidate of `conv.taps` that code outside the template needs; the template
/// documents them.
record TapsConfig(
    int tileH,
    int tileW,
    int threads,
    int haloH,
    int haloW,
    int pixels,
    int rowBlocks,
    int warps,
    int columns,
    int columnBlocks,
    int groups,
    int pitch,
    int tilesH,
    int tilesW) {}
