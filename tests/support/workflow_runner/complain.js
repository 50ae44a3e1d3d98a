// Prints what GitHub's own language service, and the parser in it, has to say about workflow and action files, as
// FILE:LINE:COLUMN: MESSAGE, and exits with 1 if that is anything: hints and warnings count like errors.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { registerLogger, validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

let complaints = 0;

function complain(place, message) {
  complaints += 1;
  console.log(`${place}: ${message.replaceAll("\n", " ")}`);
}

for (const file of process.argv.slice(2)) {
  // The language service catches its own failures and only logs them: a file that was not understood is a complaint.
  const log = (message) => complain(file, message);
  registerLogger({ error: log, warn: log, info: () => {}, log: () => {} });
  const document = TextDocument.create(pathToFileURL(file).href, "yaml", 1, readFileSync(file, "utf8"));
  for (const { range, message } of await validate(document)) {
    complain(`${file}:${range.start.line + 1}:${range.start.character + 1}`, message);
  }
}
process.exitCode = complaints ? 1 : 0;
