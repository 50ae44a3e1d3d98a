// GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH and GITHUB_STEP_SUMMARY: files through which a step tells the runner things.
// Rules: https://github.com/actions/runner/blob/v2.336.0/src/Runner.Worker/FileCommandManager.cs
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Invalid } from "./errors.js";

const NAMES = ["output", "env", "path", "step_summary", "state"];
const MOST_SUMMARY_BYTES = 1024 * 1024;

/** Empty files for one step, by the name that they have in the `github` context. */
export function makeFiles(folder) {
  mkdirSync(folder, { recursive: true });
  const files = Object.fromEntries(NAMES.map((name) => [name, join(folder, name)]));
  Object.values(files).forEach((file) => writeFileSync(file, ""));
  return files;
}

/** The pairs in GITHUB_OUTPUT or GITHUB_ENV: NAME=VALUE, or NAME<<DELIMITER with the value on the lines below. */
export function readPairs(file) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.replace(/\n$/, "").split("\n");
  const pairs = {};
  while (lines.length) {
    const line = lines.shift();
    if (line) Object.assign(pairs, pairOf(line, lines));
  }
  return pairs;
}

/** The folders in GITHUB_PATH. */
export function readFolders(file) {
  return existsSync(file) ? readFileSync(file, "utf8").split(/\r?\n/).filter(Boolean) : [];
}

/** The summary, or an error for one that GitHub would not take. */
export function readSummary(file) {
  if (!existsSync(file)) return "";
  const size = statSync(file).size;
  if (size > MOST_SUMMARY_BYTES) {
    const found = Math.floor(size / 1024);
    throw new Invalid(`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${found}k`);
  }
  return readFileSync(file, "utf8");
}

function pairOf(line, rest) {
  const [, name, sign, value] = /^(.*?)(=|<<)(.*)$/s.exec(line) ?? [];
  if (sign === "=") return { [name]: value };
  if (!name || !value) throw new Invalid(`Invalid format '${line}'`);
  const end = rest.indexOf(value);
  if (end < 0) throw new Invalid(`Invalid value. Matching delimiter not found '${value}'`);
  return { [name]: rest.splice(0, end + 1).slice(0, end).join("\n") };
}
