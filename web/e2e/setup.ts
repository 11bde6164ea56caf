import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BIN, ROOT } from "./server";

/** The programs are built once for all tests, unless E2E_BIN names a directory that has them. */
export default function setup() {
  if (process.env.E2E_BIN && existsSync(join(BIN, "app"))) return;
  execFileSync("make", ["build"], { cwd: ROOT, stdio: "inherit" });
}
