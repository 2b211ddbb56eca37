// How these tools end when they cannot go on: one line on stderr, with the tool's name.
import { existsSync } from "node:fs";
import { basename } from "node:path";

/** Ends the process with a message. */
export function fail(message) {
  console.error(`${basename(process.argv[1], ".mjs")}: ${message}`);
  process.exit(1);
}

/** A path at which there must be something; else the advice. */
export function requireFile(path, advice) {
  return path && existsSync(path) ? path : fail(`${path ?? "a file"} is not there; ${advice}`);
}
