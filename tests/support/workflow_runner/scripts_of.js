// Writes each `run:` block of workflow files as a script of its own, for shellcheck: scripts_of.js FOLDER FILE…
// The name says where it stood, the first line which shell runs it, and expressions are a placeholder.
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { FunctionCall } from "@actions/expressions/ast";
import { wellKnownFunctions } from "@actions/expressions/funcs";
import { StringData } from "@actions/expressions/data/string";
import { splitAllowedContext } from "@actions/workflow-parser/templates/allowed-context";
import { Refusal } from "./lib/errors.js";
import { readWorkflow } from "./lib/parse.js";
import { treeOf } from "./lib/syntax.js";

const PLACEHOLDER = new StringData("EXPRESSION");
// Without `shell` GitHub takes bash; what is neither bash nor sh, shellcheck cannot read.
const READABLE = { "": "bash", bash: "bash", sh: "sh" };

const [folder, ...files] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const file of files) {
  try {
    const workflow = await readWorkflow(file);
    for (const job of workflow.jobs) job.steps.filter((step) => step.run).forEach((step) => write(step, job, workflow));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.log(error.message);
    process.exitCode = 1;
  }
}

function write(step, job, workflow) {
  const shell = [step.shell, shellIn(job), shellIn(workflow)].find((token) => token !== undefined)?.value ?? "";
  const program = READABLE[shell.split(" ")[0]];
  if (!program) return;
  const name = `${basename(workflow.path)}:${step.run.range.start.line}`;
  writeFileSync(join(folder, name), `#!/usr/bin/env ${program}\n${scriptOf(step.run)}`);
}

function shellIn({ defaults }) {
  return defaults?.find("run")?.find("shell");
}

// The parser has turned text with expressions in it into format('text {0}', expression).
function scriptOf(run) {
  if (!run.isExpression) return String(run.value);
  const { namedContexts, functions } = splitAllowedContext(run.definitionInfo.allowedContext);
  const tree = treeOf(run.expression, namedContexts, functions);
  if (!(tree instanceof FunctionCall) || !run.originalExpressions) return PLACEHOLDER.value;
  const [text, ...rest] = tree.args;
  return wellKnownFunctions.format.call(text.literal, ...rest.map(() => PLACEHOLDER)).coerceString();
}
