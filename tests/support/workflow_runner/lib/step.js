// One step of a job: is it wanted, what is its environment, and what did it say.
import { join } from "node:path";
import { readOutput, shown } from "./commands.js";
import { variablesOf } from "./contexts.js";
import { Invalid } from "./errors.js";
import { holds, textOf, textsOf, valueOf } from "./expressions.js";
import { makeFiles, readFolders, readPairs, readSummary } from "./file_commands.js";
import { runProcess } from "./processes.js";
import { programOf } from "./programs.js";

/**
 * Runs a step of a leg, if it is wanted, and returns what there is to report of it. The leg gets what the step leaves
 * behind: environment, PATH, outputs, summary, annotations.
 */
export async function runStep(step, leg) {
  const skipped = { outcome: "skipped", conclusion: "skipped", log: "", commands: [], environment_names: [] };
  const report = { name: nameOf(step, leg.scope()), ...skipped };
  try {
    const files = makeFiles(join(leg.folder, `step-${leg.steps.length + 1}`));
    const scope = leg.scope({ files });
    const env = { ...leg.env, ...textsOf(step.env, scope) };
    scope.contexts.env = env;
    if (holds(step.if, scope)) await execute(step, { leg, scope, env, files }, report);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const log = `##[error]${leg.masks.hide(error.message)}\n`;
    Object.assign(report, { outcome: "failure", conclusion: "failure", log });
  }
  return report;
}

async function execute(step, place, report) {
  const { leg, scope, files } = place;
  report.name = nameOf(step, scope);
  const program = programOf(step, leg, scope);
  const env = environmentOf(program, place);
  report.environment_names = Object.keys(env).sort();
  const stepMs = (valueOf(step["timeout-minutes"], scope) ?? Infinity) * 60_000;
  const leftMs = Math.max(leg.deadline - Date.now(), 1);
  const options = { cwd: program.cwd, env, logFile: join(leg.folder, "log"), limitMs: Math.min(stepMs, leftMs) };
  const ran = await runProcess(program.command, options);
  Object.assign(report, collect(step, { ran, leg, files }));
  // When the time of the whole job is up GitHub cancels it; a step that takes too long fails.
  if (ran.late && leftMs < stepMs) Object.assign(report, { outcome: "cancelled", conclusion: "cancelled" });
  const tolerated = valueOf(step["continue-on-error"], scope) === true;
  if (report.outcome === "failure" && tolerated) report.conclusion = "success";
}

// As in the runner, what it sets itself wins over what a workflow says.
function environmentOf(program, { leg, scope, env }) {
  const contexts = { ...scope.contexts, github: { ...scope.contexts.github, ...program.github } };
  const merged = { ...leg.machine.environment, ...env, ...program.env, ...variablesOf(contexts), ...leg.identity };
  return { ...merged, PATH: [...leg.path, merged.PATH].join(":") };
}

function collect(step, { ran, leg, files }) {
  const said = readOutput(ran.text, leg.masks, leg.workspace);
  if (ran.late) said.log.push("##[error]The step has timed out.");
  else if (ran.code !== 0) said.log.push(`##[error]Process completed with exit code ${ran.code}.`);
  readFiles(leg, files, said);
  if (step.id) leg.outputs[step.id] = said.outputs;
  leg.annotations.push(...shown(said.annotations));
  const outcome = ran.late || ran.code !== 0 || said.failed ? "failure" : "success";
  const log = said.log.map((line) => `${line}\n`).join("");
  return { exit_code: ran.code, commands: said.commands, log, outcome, conclusion: outcome };
}

// A file that cannot be read fails the step; a summary that is too long is only lost, with an annotation.
function readFiles(leg, files, said) {
  const readers = [
    () => Object.assign(leg.env, readPairs(files.env)),
    () => leg.path.unshift(...readFolders(files.path).reverse()),
    () => Object.assign(said.outputs, readPairs(files.output)),
  ];
  readers.forEach((read) => attempt(read, leg, said, () => (said.failed = true)));
  const summary = () => (leg.summary += leg.masks.hide(readSummary(files.step_summary)));
  attempt(summary, leg, said, (message) => said.annotations.push({ level: "error", message }));
}

function attempt(read, leg, said, otherwise) {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const message = leg.masks.hide(error.message);
    said.log.push(`##[error]${message}`);
    otherwise(message);
  }
}

// A name with an expression that has no value yet is shown as it is written.
function nameOf(step, scope) {
  const fallback = `Run ${step.uses ? step.uses.value : (step.run.value ?? step.run.source).trim().split("\n")[0]}`;
  try {
    return textOf(step.name, scope) || fallback;
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return step.name.source ?? fallback;
  }
}
