// One program, run as a step runs it: its own process group, no input, both streams in one log, killed when time is up.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { Invalid } from "./errors.js";

/** Runs `command`; {code, text, late}. What it left running in the background ends with it. */
export async function runProcess([command, ...args], { cwd, env, logFile, limitMs }) {
  const log = openSync(logFile, "w");
  try {
    // One file for both streams keeps their order, and a forgotten background process cannot hold it open.
    const child = start(command, args, { cwd, env, stdio: ["ignore", log, log], detached: true });
    const ended = await end(child, limitMs);
    return { ...ended, text: readFileSync(logFile, "utf8") };
  } finally {
    closeSync(log);
  }
}

// Some errors are thrown (an environment that is too large), others come as an event (no such program).
function start(command, args, options) {
  try {
    return spawn(command, args, options);
  } catch (error) {
    throw new Invalid(`${command} cannot be started: ${error.message}`);
  }
}

function end(child, limitMs) {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, limitMs);
    child.on("error", (error) => reject(new Invalid(`the step cannot be started: ${error.message}`)));
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      killGroup(child.pid);
      resolve({ code: code ?? 128 + constants.signals[signal], late });
    });
  });
}

function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    // No such group: everything in it has ended already.
    if (error.code !== "ESRCH") throw error;
  }
}
