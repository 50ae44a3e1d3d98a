// What a step runs: the script of `run` in its shell, or the shim that stands in for an action.
import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Invalid, Refusal } from "./errors.js";
import { textOf, textsOf } from "./expressions.js";

// https://github.com/actions/runner/blob/v2.336.0/src/Runner.Worker/Handlers/ScriptHandlerHelpers.cs; without `shell`
// it is bash with the arguments of sh, so a failure inside a pipe goes unseen there.
const SHELLS = {
  "": ["bash", "-e", "{0}"],
  bash: ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"],
  sh: ["sh", "-e", "{0}"],
  python: ["python", "{0}"],
};

/** {command, cwd, env, github} of a step: the program and what it gets beside the environment of the step. */
export function programOf(step, leg, scope) {
  return step.uses ? actionOf(step, leg, scope) : scriptOf(step, leg, scope);
}

function scriptOf(step, leg, scope) {
  const { "working-directory": folder, shell } = step;
  const file = join(leg.folder, `script-${leg.steps.length + 1}`);
  writeFileSync(file, textOf(step.run, scope));
  const cwd = join(leg.workspace, textOf(folder ?? leg.defaults["working-directory"], scope));
  if (!existsSync(cwd)) throw new Invalid(`the working directory ${cwd} is not there`);
  return { command: shellOf(textOf(shell ?? leg.defaults.shell, scope), file), cwd, env: {}, github: {} };
}

function shellOf(shell, file) {
  const words = SHELLS[shell] ?? shell.split(" ");
  if (!words.some((word) => word.includes("{0}"))) throw new Invalid(`shell ${shell} is neither built in nor has {0}`);
  return words.map((word) => word.replace("{0}", file));
}

function actionOf(step, leg, scope) {
  const [repository, ref] = step.uses.value.replace(/^\.\//, "").split("@");
  const shim = join(leg.machine.shims, repository.replaceAll("/", "-"));
  try {
    accessSync(shim, constants.X_OK);
  } catch {
    const found = `step uses ${step.uses.value}: found no executable ${shim}`;
    throw new Refusal(`${found}; write one, which stands in for the action`);
  }
  const inputs = Object.entries(textsOf(step.with, scope));
  const nameOf = (input) => `INPUT_${input.replaceAll(" ", "_").toUpperCase()}`;
  const env = Object.fromEntries(inputs.map(([key, value]) => [nameOf(key), value]));
  return { command: [shim], cwd: leg.workspace, env, github: { action_repository: repository, action_ref: ref ?? "" } };
}
