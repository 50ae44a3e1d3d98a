// Tokens of a workflow -> plain values, by GitHub's own expression packages.
import { data, Evaluator } from "@actions/expressions";
import { truthy } from "@actions/expressions/result";
import { isBasicExpression, isMapping, isSequence } from "@actions/workflow-parser";
import { Invalid } from "./errors.js";
import { treeOf } from "./syntax.js";

const CONTEXTS = [
  "github", "vars", "secrets", "inputs", "needs", "strategy", "matrix", "env", "job", "runner", "steps",
];

/** The plain value of a token (undefined for none); `scope` is {contexts, status}. */
export function valueOf(token, scope) {
  if (token === undefined) return undefined;
  if (isBasicExpression(token)) return toPlain(evaluate(token.expression, scope));
  if (isSequence(token)) return [...token].map((item) => valueOf(item, scope));
  if (isMapping(token)) {
    return Object.fromEntries([...token].map(({ key, value }) => [textOf(key, scope), valueOf(value, scope)]));
  }
  return token.value ?? null;
}

/** A token as text, as GitHub writes it: null is empty, numbers have at most 15 digits. */
export function textOf(token, scope) {
  return toText(valueOf(token, scope));
}

/** A mapping token as a plain object of texts, for `env`, `with` and `outputs`. */
export function textsOf(token, scope) {
  const values = valueOf(token, scope) ?? {};
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toText(value)]));
}

/** Whether an expression, such as that of an `if`, is true. */
export function holds(expression, scope) {
  return truthy(evaluate(expression, scope));
}

function toText(value) {
  const scalar = value === null || typeof value !== "object";
  if (!scalar) throw new Invalid(`found ${JSON.stringify(value)}, expected a scalar`);
  return toData(value).coerceString();
}

function evaluate(expression, { contexts, status }) {
  const functions = statusFunctions(status);
  const tree = treeOf(expression, CONTEXTS, functions);
  const known = new data.Dictionary(...CONTEXTS.map((key) => ({ key, value: toData(contexts[key] ?? {}) })));
  try {
    return new Evaluator(tree, known, new Map(functions.map((item) => [item.name, item]))).evaluate();
  } catch (error) {
    throw new Invalid(`\${{ ${expression} }} has no value: ${error.cause?.message ?? error.message}`);
  }
}

function statusFunctions(status) {
  const answers = { always: true, ...status };
  return Object.entries(answers).map(([name, answer]) => {
    return { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) };
  });
}

function toData(value) {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver);
}

function toPlain(value) {
  return JSON.parse(JSON.stringify(value, data.replacer));
}
