// Does this event start the workflow? GitHub decides it from `on` before anything runs.
// https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
import { Refusal } from "./errors.js";
import { chosen } from "./patterns.js";

const DEFAULT_TYPES = {
  pull_request: ["opened", "synchronize", "reopened"],
  pull_request_target: ["opened", "synchronize", "reopened"],
};
const FILTERS = ["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types"];

/** Why the event does not start the workflow, or undefined when it does. */
export function whyNot({ events }, { name, payload, github, changed_paths: paths }) {
  const filters = events[name];
  if (filters === undefined) return `the workflow is not started by ${name}, only by ${Object.keys(events).join(", ")}`;
  if (name === "schedule" || name === "workflow_dispatch") return undefined;
  const unknown = Object.keys(filters).filter((key) => !FILTERS.includes(key));
  if (unknown.length) throw new Refusal(`on.${name}: ${unknown.join(", ")}: this executor does not have that filter`);
  const ref = refOf(name, payload, github);
  return refusedType(name, filters, payload) ?? refusedRef(filters, ref) ?? refusedPaths(filters, paths);
}

/** The values of `inputs` for a dispatch: checked and typed as GitHub's form does it. */
export function inputsOf({ events }, { name, inputs }) {
  if (name !== "workflow_dispatch") return {};
  const declared = events.workflow_dispatch.inputs ?? {};
  const unknown = Object.keys(inputs).filter((key) => !(key in declared));
  if (unknown.length) throw new Refusal(`workflow_dispatch has no input ${unknown.join(", ")}`);
  return Object.fromEntries(Object.entries(declared).map(([key, input]) => [key, typed(key, input, inputs[key])]));
}

function refusedType(name, filters, payload) {
  const types = filters.types ?? DEFAULT_TYPES[name];
  if (!types || types.includes(payload.action)) return undefined;
  return `action ${payload.action} is not one of ${types.join(", ")}`;
}

function refOf(name, payload, github) {
  if (payload.pull_request) return `refs/heads/${payload.pull_request.base.ref}`;
  if (name === "merge_group") return payload.merge_group.base_ref;
  return github.ref;
}

function refusedRef(filters, ref) {
  const kinds = [["branches", "refs/heads/"], ["tags", "refs/tags/"]];
  const filtered = kinds.filter(([kind]) => filters[kind] ?? filters[`${kind}-ignore`]);
  if (filtered.length === 0) return undefined;
  // A filter for branches alone means "no tags", and the other way round.
  const [kind, prefix] = filtered.find(([, start]) => ref.startsWith(start)) ?? [];
  if (kind && chosen(ref.slice(prefix.length), filters[kind], filters[`${kind}-ignore`])) return undefined;
  return `${ref} is not among the ${filtered.map(([each]) => each).join(" or ")} of the filter`;
}

function refusedPaths(filters, paths) {
  const { paths: wanted, "paths-ignore": ignored } = filters;
  if (!wanted && !ignored) return undefined;
  if (!paths) throw new Refusal("the workflow filters by path: give the changed paths of the event");
  return paths.some((path) => chosen(path, wanted, ignored)) ? undefined : "no changed path matches the filter";
}

function typed(key, { type, required, default: fallback, options }, given) {
  if (required && (given ?? fallback) === undefined) throw new Refusal(`workflow_dispatch needs input ${key}`);
  const value = given ?? fallback ?? (type === "boolean" ? false : "");
  if (type === "boolean") return String(value) === "true";
  if (type === "choice" && !options.includes(value)) {
    throw new Refusal(`input ${key}: ${value} is not one of ${options.join(", ")}`);
  }
  return value;
}
