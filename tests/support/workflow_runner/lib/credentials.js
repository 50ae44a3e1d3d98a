// What a job may do: the permissions of its token, the secrets and variables of its environment, its identity token.
import { valueOf } from "./expressions.js";

/** {permissions, secrets, variables, identity} of a job in the environment of that name, if any. */
export function credentialsOf(job, environmentName, { workflow, event, settings, machine }) {
  const permissions = permissionsOf(workflow, job, event);
  const environment = settings.environments[environmentName] ?? {};
  const secrets = isFromFork(event) ? {} : { ...settings.secrets, ...environment.secrets };
  return {
    permissions,
    secrets: { ...secrets, GITHUB_TOKEN: settings.token },
    variables: { ...settings.variables, ...environment.variables },
    identity: identityOf(permissions, machine.id_token),
  };
}

/** What the job's token may do: the job's `permissions`, else the workflow's, else the repository's ("default"). */
export function permissionsOf(workflow, job, event) {
  const asked = valueOf(job.permissions ?? workflow.permissions, { contexts: {} }) ?? "default";
  const all = typeof asked === "string" ? { "*": asked.replace("-all", "") } : asked;
  if (!isFromFork(event)) return all;
  return Object.fromEntries(Object.entries(all).map(([key, level]) => [key, level === "write" ? "read" : level]));
}

// A pull request from a fork gets no secrets, no identity token and only reads, whatever the workflow asks for:
// https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
function isFromFork({ name, payload, github }) {
  const request = payload.pull_request;
  return request !== undefined && name !== "pull_request_target" && request.head.repo?.full_name !== github.repository;
}

// Every step of a job with `id-token: write` gets these two, and no step of any other job:
// https://github.com/actions/runner/blob/v2.336.0/src/Runner.Worker/Handlers/ScriptHandler.cs
function identityOf(permissions, issuer) {
  const allowed = permissions["id-token"] === "write" || permissions["*"] === "write";
  if (!allowed || !issuer) return {};
  return { ACTIONS_ID_TOKEN_REQUEST_URL: issuer.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.token };
}
