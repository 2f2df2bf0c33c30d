/// The rule driver: [dev.tuckerc.transform.rewrite.RewriteRule]s are tried on every node until none
/// applies any more.
@org.jspecify.annotations.NullMarked
package dev.tuckerc.transform.rewrite;
