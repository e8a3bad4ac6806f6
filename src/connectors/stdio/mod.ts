/** Standard input as a source, standard output as a sink. */
export { stdin, type StdinOptions } from "./stdin.ts";
export { stdout, type StdoutOptions } from "./stdout.ts";
