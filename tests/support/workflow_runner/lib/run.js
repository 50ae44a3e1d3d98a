// A run of a workflow: which jobs, in which order, and what came of it.
import { join } from "node:path";
import { githubContext } from "./contexts.js";
import { credentialsOf, permissionsOf } from "./credentials.js";
import { Invalid } from "./errors.js";
import { holds, textOf, valueOf } from "./expressions.js";
import { runLeg } from "./leg.js";
import { combinationsOf } from "./matrix.js";
import { readWorkflow, refuseUnknown } from "./parse.js";
import { inputsOf, whyNot } from "./triggers.js";

/** Executes {workflow, event, settings, machine} and returns the report. */
export async function run({ workflow: path, event, settings, machine }) {
  const workflow = await readWorkflow(path);
  refuseUnknown(workflow);
  const reason = whyNot(workflow, event);
  if (reason) return { conclusion: "not triggered", reason, jobs: [] };
  const github = githubContext(workflow, event, settings.token);
  const contexts = { github, inputs: inputsOf(workflow, event), vars: settings.variables };
  const state = { workflow, event, settings, machine, contexts, done: {} };
  for (const job of inOrder(workflow.jobs)) state.done[job.id] = await runJob(job, state);
  const done = Object.values(state.done);
  const conclusion = together(done.map(({ result }) => result));
  const concurrency = valueOf(workflow.concurrency, { contexts });
  return { conclusion, concurrency, jobs: done.flatMap(({ legs }) => legs) };
}

// GitHub's parser has refused circles and unknown names already.
function inOrder(jobs) {
  const ordered = [];
  while (ordered.length < jobs.length) {
    const names = ordered.map(({ id }) => id);
    ordered.push(...jobs.filter(({ id, needs }) => !names.includes(id) && needs.every((need) => names.includes(need))));
  }
  return ordered;
}

async function runJob(job, state) {
  const { done, contexts } = state;
  const needs = Object.fromEntries(job.needs.map((id) => [id, { result: done[id].result, outputs: done[id].outputs }]));
  const ancestors = [...new Set(job.needs.flatMap((id) => [id, ...done[id].ancestors]))];
  const scope = { contexts: { ...contexts, needs }, status: statusOf(ancestors.map((id) => done[id].result)) };
  const legs = await runLegs(job, scope, state);
  const result = together(legs.map(({ conclusion }) => conclusion));
  return { result, legs, ancestors, outputs: Object.assign({}, ...legs.map(({ outputs }) => outputs)) };
}

// Every job above counts, not only those in `needs`:
// https://docs.github.com/actions/reference/workflows-and-actions/expressions#status-check-functions
function statusOf(results) {
  const success = results.every((result) => result === "success");
  return { success, failure: results.includes("failure"), cancelled: false };
}

// The legs one after the other; with fail-fast, which is the default, a failure cancels those that wait.
function runLegs(job, scope, state) {
  return orFailed(job, state, async () => {
    if (!holds(job.if, scope)) return [unstarted(job, state, "skipped")];
    const legs = [];
    for (const strategy of strategiesOf(job, scope)) {
      const stopped = strategy["fail-fast"] && legs.some(({ conclusion }) => conclusion === "failure");
      if (stopped) legs.push({ ...unstarted(job, state, "cancelled"), matrix: strategy.matrix });
      else legs.push(...(await orFailed(job, state, () => runOne(job, scope, strategy, state))));
    }
    return legs;
  });
}

// What GitHub cannot evaluate before the first step is a failed job, or a failed leg that leaves its siblings alone.
async function orFailed(job, state, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return [{ ...unstarted(job, state, "failure"), annotations: [{ level: "error", message: error.message }] }];
  }
}

function strategiesOf(job, scope) {
  const { matrix, "fail-fast": failFast = true, "max-parallel": most } = valueOf(job.strategy, scope) ?? {};
  const combinations = matrix === undefined ? [undefined] : combinationsOf(matrix);
  const total = combinations.length;
  const shared = { "fail-fast": failFast, "job-total": total, "max-parallel": most ?? total };
  return combinations.map((each, index) => ({ matrix: each, ...shared, "job-index": index }));
}

async function runOne(job, { contexts, status }, { matrix, ...strategy }, state) {
  const outer = { contexts: { ...contexts, matrix, strategy }, status };
  const environment = nameOfEnvironment(valueOf(job.environment, outer));
  const { permissions, secrets, variables, identity } = credentialsOf(job, environment, state);
  const scope = { contexts: { ...outer.contexts, secrets, vars: variables }, status };
  const labels = labelsOf(valueOf(job["runs-on"], scope));
  const folder = join(state.machine.work, `${job.id}-${strategy["job-index"]}`);
  const facts = { id: job.id, name: nameOf(job, scope), matrix, strategy, runs_on: labels, permissions, environment };
  const { workflow, machine } = state;
  const ran = await runLeg({ workflow, job, scope, labels, machine, identity, folder });
  return [{ ...facts, concurrency: valueOf(job.concurrency, scope), ...ran }];
}

function unstarted(job, { workflow, event }, conclusion) {
  const facts = { id: job.id, name: job.id, runs_on: [], permissions: permissionsOf(workflow, job, event) };
  return { ...facts, conclusion, outputs: {}, annotations: [], summary: "", steps: [] };
}

// Only a name without an expression gets the values of the matrix.
function nameOf(job, scope) {
  const values = Object.values(scope.contexts.matrix ?? {}).filter((value) => typeof value !== "object");
  const name = textOf(job.name, scope) || job.id;
  return values.length && !job.name?.isExpression ? `${name} (${values.join(", ")})` : name;
}

function labelsOf(runsOn) {
  if (typeof runsOn === "string") return [runsOn];
  if (Array.isArray(runsOn)) return runsOn;
  return [...(runsOn.group ? [`group:${runsOn.group}`] : []), ...labelsOf(runsOn.labels ?? [])];
}

function nameOfEnvironment(environment) {
  return typeof environment === "object" ? environment.name : environment;
}

function together(results) {
  return ["failure", "cancelled", "success", "skipped"].find((result) => results.includes(result));
}
