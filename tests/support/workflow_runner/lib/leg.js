// One job on one runner (one leg, where there is a matrix): a fresh folder, its steps in order, its outputs.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { declaredEnvironment, runnerContext } from "./contexts.js";
import { Invalid } from "./errors.js";
import { textsOf, valueOf } from "./expressions.js";
import { Masks } from "./masks.js";
import { runStep } from "./step.js";

const DEFAULT_TIMEOUT_MINUTES = 360;
// What GitHub leaves to the steps that run `always()` after a job was cancelled.
const GRACE_MINUTES = 5;

/**
 * Runs a leg: {conclusion, outputs, annotations, summary, steps}. `place` is {workflow, job, scope, labels, machine,
 * identity, folder}.
 */
export async function runLeg(place) {
  const leg = start(place);
  for (const step of place.job.steps) {
    const report = await runStep(step, leg);
    leg.steps.push(report);
    const { outcome, conclusion } = report;
    if (step.id) leg.results[step.id] = { outcome, conclusion, outputs: leg.outputs[step.id] ?? {} };
    if (conclusion === "cancelled") leg.deadline = Date.now() + GRACE_MINUTES * 60_000;
    if (leg.status === "success" && conclusion !== "skipped") leg.status = conclusion;
  }
  const outputs = outputsOf(place.job, leg);
  const { annotations, summary, steps, status: conclusion } = leg;
  return { conclusion, outputs, annotations, summary, steps };
}

function start({ workflow, job, scope, labels, machine, identity, folder }) {
  const { workspace, home, ...places } = makeFolders(folder);
  const event = join(folder, "event.json");
  writeFileSync(event, JSON.stringify(scope.contexts.github.event));
  const github = { ...scope.contexts.github, job: job.id, workspace, event_path: event };
  const base = { ...scope.contexts, github, runner: runnerContext(labels, places) };
  const secrets = [...Object.values(base.secrets), ...Object.values(identity).slice(1)];
  const leg = {
    folder, workspace, identity,
    summary: "", status: "success", path: [], steps: [], annotations: [], outputs: {}, results: {},
    machine: { ...machine, environment: { HOME: home, ...machine.environment } },
    masks: new Masks(secrets),
    env: declaredEnvironment(workflow, job, scope),
    defaults: { ...defaultsOf(workflow), ...defaultsOf(job) },
    deadline: Date.now() + (valueOf(job["timeout-minutes"], scope) ?? DEFAULT_TIMEOUT_MINUTES) * 60_000,
  };
  leg.scope = ({ env = leg.env, files = {} } = {}) => scopeOf(leg, base, env, files);
  return leg;
}

function makeFolders(folder) {
  const names = { workspace: "workspace", home: "home", temp: "temp", tool_cache: "tools" };
  const folders = Object.fromEntries(Object.entries(names).map(([key, name]) => [key, join(folder, name)]));
  Object.values(folders).forEach((each) => mkdirSync(each, { recursive: true }));
  return folders;
}

function scopeOf(leg, base, env, files) {
  const status = Object.fromEntries(["success", "failure", "cancelled"].map((name) => [name, leg.status === name]));
  const github = { ...base.github, ...files };
  const contexts = { ...base, env, steps: leg.results, job: { status: leg.status }, github };
  return { contexts, status };
}

// Empty outputs do not exist, and GitHub drops one that has a secret in it, with no more than a warning:
// https://github.com/actions/runner/blob/v2.336.0/src/Runner.Worker/JobExtension.cs
function outputsOf(job, leg) {
  const kept = {};
  try {
    const texts = Object.entries(textsOf(job.outputs, leg.scope())).filter(([, text]) => text !== "");
    for (const [name, text] of texts) {
      if (leg.masks.hide(text) === text) kept[name] = text;
      else leg.annotations.push({ level: "warning", message: `Skip output '${name}' since it may contain secret.` });
    }
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const message = `Fail to evaluate job outputs: ${leg.masks.hide(error.message)}`;
    leg.annotations.push({ level: "error", message });
    leg.status = "failure";
  }
  return kept;
}

function defaultsOf({ defaults }) {
  return Object.fromEntries([...(defaults?.find("run") ?? [])].map(({ key, value }) => [key.value, value]));
}
