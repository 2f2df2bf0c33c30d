package dev.tuckerc.codegen.gemm;

/// The constants of a candidate of `gemv.simt` that code outside the template needs; the template
/// documents them.
record GemvConfig(
    int vector,
    int threads,
    long tileChannels,
    int down,
    long termsEach,
    long paddedTerms,
    long paddedChannels,
    int partials) {}
