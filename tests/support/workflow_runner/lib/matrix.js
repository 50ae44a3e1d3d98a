// The `matrix` of a job, evaluated -> its combinations.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
import { Invalid } from "./errors.js";

// https://docs.github.com/actions/reference/limits
const MOST_LEGS = 256;

/** The combinations in GitHub's order; an error where GitHub would fail the job (none at all, or too many). */
export function combinationsOf(matrix) {
  const { include = [], exclude = [], ...vectors } = matrix;
  const excluded = (leg) => exclude.some((pattern) => agrees(leg, pattern, Object.keys(pattern)));
  const crossed = cross(vectors).filter((leg) => !excluded(leg));
  const legs = included(crossed, include, Object.keys(vectors));
  if (legs.length === 0) throw new Invalid("Matrix must define at least one vector");
  if (legs.length > MOST_LEGS) throw new Invalid(`The matrix has ${legs.length} jobs, at most ${MOST_LEGS} may be`);
  return legs;
}

function cross(vectors) {
  const names = Object.keys(vectors);
  if (names.length === 0) return [];
  return names.reduce((legs, name) => {
    const values = vectors[name];
    const filled = Array.isArray(values) && values.length > 0;
    if (!filled) throw new Invalid(`Matrix vector '${name}' does not contain any values`);
    return legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value })));
  }, [{}]);
}

// An `include` joins each combination whose own values it would not change; one that joins none is a leg of its own.
function included(crossed, include, names) {
  const legs = crossed.map((leg) => ({ ...leg }));
  const alone = [];
  for (const extra of include) {
    const joined = legs.filter((leg) => agrees(leg, extra, names.filter((name) => name in extra)));
    if (joined.length === 0) alone.push(extra);
    for (const leg of joined) Object.assign(leg, extra);
  }
  return [...legs, ...alone];
}

function agrees(leg, pattern, names) {
  return names.every((name) => JSON.stringify(leg[name]) === JSON.stringify(pattern[name]));
}
