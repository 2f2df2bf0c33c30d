/// Rewrites that bring every model to one plain form: constants folded, batch normalisation and
/// scales folded into weights, identities removed.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.canonicalize;
