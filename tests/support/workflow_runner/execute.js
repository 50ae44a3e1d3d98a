// Executes a workflow: the request as JSON on standard input, the report as JSON on standard output.
// Exit code 3: refused (GitHub's parser complains, or something is asked for that cannot be), with the reason on
// standard error.
import { readFileSync } from "node:fs";
import { Refusal } from "./lib/errors.js";
import { run } from "./lib/run.js";

try {
  process.stdout.write(JSON.stringify(await run(JSON.parse(readFileSync(0, "utf8")))));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 3;
}
