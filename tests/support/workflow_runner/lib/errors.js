/** Stops the executor itself: the caller or the workflow asks for what cannot be, or for what is not built. */
export class Refusal extends Error {}

/** What GitHub fails the step or the job for, such as an expression without a value. */
export class Invalid extends Error {}
