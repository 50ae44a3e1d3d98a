// Secret values -> ***, in everything that leaves a step: its log, its annotations and its summary.

/** A growing set of values to hide; each line of a value counts too, because programs print line by line. */
export class Masks {
  #values = new Set();

  constructor(values) {
    values.forEach((value) => this.add(value));
  }

  add(value) {
    const parts = [value, ...value.split(/[\r\n]+/).map((line) => line.trim())];
    parts.filter((part) => part.trim()).forEach((part) => this.#values.add(part));
  }

  hide(text) {
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((hidden, value) => hidden.replaceAll(value, "***"), text);
  }
}
