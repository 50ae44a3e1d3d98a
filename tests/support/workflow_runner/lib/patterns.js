// Filter patterns for branches, tags and paths.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet

/** Whether `text` passes a filter: the last pattern that matches decides, `!` takes away; `ignored` is the opposite. */
export function chosen(text, wanted, ignored) {
  if (ignored) return !matched(text, ignored);
  return matched(text, wanted);
}

function matched(text, patterns) {
  return patterns.reduce((soFar, pattern) => {
    if (pattern.startsWith("!")) return soFar && !expressionOf(pattern.slice(1)).test(text);
    return soFar || expressionOf(pattern).test(text);
  }, false);
}

// `?` and `+` repeat what stands before them, as in a regular expression, and `[...]` is the same there.
function expressionOf(pattern) {
  const parts = pattern.match(/\*\*\/|\*\*|\*|\[[^\]]*\]|\\.|[\s\S]/g);
  const translated = parts.map((part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part.length > 1 || part === "?" || part === "+") return part;
    return part.replace(/[.^$(){}|\\/\]]/, "\\$&");
  });
  return new RegExp(`^${translated.join("")}$`, "s");
}
