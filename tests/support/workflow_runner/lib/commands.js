// What a step printed -> its log, and the workflow commands that the runner takes out of it.
// Rules: https://github.com/actions/runner/blob/v2.336.0/src/Runner.Common/ActionCommand.cs (grammar; the old form
// `##[name]` counts anywhere in a line) and .../src/Runner.Worker/ActionCommandManager.cs (effects).

const LEVELS = ["error", "warning", "notice"];
const DISABLED = ["set-env", "add-path"];
const KNOWN = [
  ...LEVELS, ...DISABLED, "set-output", "save-state", "add-mask", "add-matcher", "remove-matcher", "debug", "echo",
  "group", "endgroup", "stop-commands",
];
// A step keeps ten annotations of a level, and 4096 characters of a message; the log has the rest.
const MOST_ANNOTATIONS = 10;
const MOST_CHARACTERS = 4096;

/** Reads the output of one step: {log, commands, annotations, outputs, failed}. `masks` grows by `::add-mask::`. */
export function readOutput(text, masks, workspace) {
  const seen = { log: [], commands: [], annotations: [], outputs: {}, failed: false, stop: undefined };
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  for (const line of lines) {
    const command = parse(line, seen.stop);
    if (!command) seen.log.push(masks.hide(line));
    else if (seen.stop !== undefined) seen.stop = undefined;
    else obey(command, line, seen, masks, workspace);
  }
  return seen;
}

/** Keeps as many annotations of each level as GitHub shows of one step. */
export function shown(annotations) {
  return LEVELS.flatMap((level) => annotations.filter((each) => each.level === level).slice(0, MOST_ANNOTATIONS));
}

// While commands are stopped only the token that was given with `stop-commands` is one.
function parse(line, stop) {
  const known = stop === undefined ? KNOWN : [stop.toLowerCase()];
  return [parseNew(line), parseOld(line)].find((command) => command && known.includes(command.name));
}

function parseNew(line) {
  const match = /^\s*::(.*?)::(.*)$/s.exec(line);
  return match && commandOf(match[1], ",", match[2], { "%3A": ":", "%2C": "," }, {});
}

function parseOld(line) {
  const match = /##\[(.*?)\](.*)$/s.exec(line);
  return match && commandOf(match[1], ";", match[2], { "%3B": ";", "%5D": "]" }, { "%3B": ";", "%5D": "]" });
}

function commandOf(info, separator, data, propertyEscapes, dataEscapes) {
  const [name, properties] = info.split(/ (.*)/s);
  const pairs = (properties ?? "").trim().split(separator).map((pair) => pair.split(/=(.*)/s));
  const filled = pairs.filter(([key, value]) => key && value);
  return {
    name: name.toLowerCase(),
    properties: Object.fromEntries(filled.map(([key, value]) => [key.toLowerCase(), unescape(value, propertyEscapes)])),
    data: unescape(data, dataEscapes),
  };
}

// `%25` last, so that an escaped escape stays one.
function unescape(text, escapes) {
  const all = Object.entries({ "%0D": "\r", "%0A": "\n", ...escapes, "%25": "%" });
  return all.reduce((unescaped, [code, character]) => unescaped.replaceAll(code, character), text);
}

function obey(command, line, seen, masks, workspace) {
  const { name, properties, data } = command;
  seen.commands.push(name);
  if (LEVELS.includes(name)) note(command, seen, masks, workspace);
  else if (DISABLED.includes(name)) fail(seen, `The \`${name}\` command is disabled.`);
  else if (name === "set-output") setOutput(properties.name, data, seen);
  else if (name === "add-mask") masks.add(data);
  else if (name === "stop-commands") stop(data, line, seen, masks);
  else seen.log.push(masks.hide(`##[${name}]${data}`));
}

function note({ name, properties, data }, seen, masks, workspace) {
  const message = masks.hide(data).slice(0, MOST_CHARACTERS);
  const { file, line, endline, col, title } = properties;
  const path = file?.startsWith(`${workspace}/`) ? file.slice(workspace.length + 1) : file;
  const number = (text) => (/^\d+$/.test(text ?? "") ? Number(text) : undefined);
  const place = { file: path, line: number(line), end_line: number(endline), column: number(col) };
  seen.annotations.push({ level: name, message, title: title && masks.hide(title), ...place });
  seen.log.push(`##[${name}]${message}`);
}

// Deprecated since 2022 and announced to go, but runner 2.336.0 still obeys it: text in the log can set an output.
function setOutput(name, value, seen) {
  if (name) seen.outputs[name] = value;
  else fail(seen, "Required field 'name' is missing in ##[set-output] command.");
}

function stop(token, line, seen, masks) {
  if (!token || KNOWN.includes(token.toLowerCase())) {
    fail(seen, `'${token}' cannot be the token of stop-commands.`);
    return;
  }
  // The runner hides the token, so that what is printed later cannot be taken from the log.
  if (token.length > 6) masks.add(token);
  seen.log.push(masks.hide(line));
  seen.stop = token;
}

function fail(seen, reason) {
  seen.failed = true;
  seen.log.push(`##[error]${reason}`);
}
