// A workflow file -> GitHub's own model of it, with the fields that the model leaves out, as tokens.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { Refusal } from "./errors.js";

// What this executor gives a meaning; anything else is refused, because a key without effect would be a false proof.
const ROOT_KEYS = ["name", "run-name", "on", "permissions", "env", "defaults", "concurrency"];
const JOB_KEYS = [
  "id", "name", "needs", "if", "runs-on", "permissions", "environment", "concurrency", "outputs", "env", "defaults",
  "strategy", "timeout-minutes", "steps",
];
const STEP_KEYS = [
  "id", "name", "if", "env", "run", "uses", "with", "shell", "working-directory", "continue-on-error",
  "timeout-minutes",
];

/** The workflow in the file, or a refusal that lists every complaint of GitHub's parser. */
export async function readWorkflow(path) {
  const { root, template } = await parse(path, readFileSync(path, "utf8"));
  const fields = fieldsOf(root);
  const name = fields.name?.value ?? `.github/workflows/${basename(path)}`;
  const jobs = template.jobs.map((model) => readJob(model, fields.jobs.find(model.id.value)));
  return { ...fields, path, name, events: template.events, jobs };
}

/** Refuses a workflow that has what this executor does not have. */
export function refuseUnknown({ jobs, path, events, ...fields }) {
  refuse(fields, ROOT_KEYS, path);
  for (const job of jobs) {
    refuse(job, JOB_KEYS, `${path}, job ${job.id}`);
    job.steps.forEach((step, index) => refuse(step, STEP_KEYS, `${path}, job ${job.id}, step ${index + 1}`));
  }
}

async function parse(path, content) {
  const { context, value: root } = parseWorkflow({ name: basename(path), content }, new NoOperationTraceWriter());
  const template = root && (await convertWorkflowTemplate(context, root));
  const complaints = context.errors.getErrors().map((complaint) => complaint.message);
  if (complaints.length) throw new Refusal(`GitHub's parser refuses ${path}:\n${complaints.join("\n")}`);
  return { root, template };
}

function readJob(model, token) {
  const fields = fieldsOf(token);
  const steps = (model.steps ?? []).map((step, index) => {
    const stepFields = fieldsOf(fields.steps.get(index));
    return { ...stepFields, id: stepFields.id?.value, if: step.if?.expression };
  });
  const needs = (model.needs ?? []).map((need) => need.value);
  return { ...fields, id: model.id.value, needs, if: model.if.expression, steps };
}

function fieldsOf(token) {
  return Object.fromEntries([...token].map(({ key, value }) => [key.value, value]));
}

function refuse(fields, known, where) {
  const unknown = Object.keys(fields).filter((key) => !known.includes(key));
  if (unknown.length) {
    throw new Refusal(`${where}: ${unknown.join(", ")}: this executor does not have it; teach it, or do without`);
  }
}
