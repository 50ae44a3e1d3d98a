// The `github` and `runner` contexts, and the environment that a runner makes of them.
import { Refusal } from "./errors.js";
import { textsOf } from "./expressions.js";

// These are variables too, the token is not:
// https://github.com/actions/runner/blob/v2.336.0/src/Runner.Worker/GitHubContext.cs
const EXPORTED = [
  "action", "action_ref", "action_repository", "actor", "api_url", "base_ref", "env", "event_name", "event_path",
  "graphql_url", "head_ref", "job", "output", "path", "ref", "ref_name", "ref_type", "repository", "repository_owner",
  "run_attempt", "run_id", "run_number", "server_url", "sha", "state", "step_summary", "triggering_actor", "workflow",
  "workflow_ref", "workflow_sha", "workspace",
];

/** The `github` context of a run; what the caller gives wins. */
export function githubContext(workflow, { name, payload, github }, token) {
  const [, type, short] = /^refs\/(heads|tags|pull)\/(.*)$/.exec(github.ref) ?? [];
  if (!short) throw new Refusal(`found the ref ${github.ref}, expected one like refs/heads/main`);
  const file = workflow.path.split("/").at(-1);
  return {
    server_url: "https://github.com",
    api_url: "https://api.github.com",
    graphql_url: "https://api.github.com/graphql",
    run_id: "1",
    run_number: "1",
    run_attempt: "1",
    repository_owner: github.repository.split("/")[0],
    ref_name: short,
    ref_type: type === "tags" ? "tag" : "branch",
    base_ref: payload.pull_request?.base.ref ?? "",
    head_ref: payload.pull_request?.head.ref ?? "",
    workflow: workflow.name,
    workflow_ref: `${github.repository}/.github/workflows/${file}@${github.ref}`,
    workflow_sha: github.sha,
    triggering_actor: github.actor,
    event_name: name,
    event: payload,
    token,
    ...github,
  };
}

/** The `runner` context of a machine with these labels. */
export function runnerContext(labels, { temp, tool_cache }) {
  const environment = labels.includes("self-hosted") ? "self-hosted" : "github-hosted";
  return { name: "test", os: "Linux", arch: "X64", temp, tool_cache, environment };
}

/** GITHUB_*, RUNNER_* and CI. */
export function variablesOf({ github, runner }) {
  const exported = EXPORTED.filter((key) => typeof github[key] === "string");
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    ...Object.fromEntries(exported.map((key) => [`GITHUB_${key.toUpperCase()}`, github[key]])),
    ...Object.fromEntries(Object.entries(runner).map(([key, value]) => [`RUNNER_${key.toUpperCase()}`, value])),
  };
}

/** The environment that the workflow and the job give to every step. */
export function declaredEnvironment(workflow, job, scope) {
  return { ...textsOf(workflow.env, scope), ...textsOf(job.env, scope) };
}
