import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "@playwright/test";
import { type Model, startModel } from "./model";

export const ROOT = resolve(fileURLToPath(new URL("../..", import.meta.url)));
export const BIN = process.env.E2E_BIN ?? join(ROOT, "bin");

/** Server is both programs on free ports, with a data directory of their own. */
export interface Server {
  url: string;
  restartGateway(): Promise<void>;
  /** killGateway ends the gateway as a crash does, and starts it again. */
  killGateway(): Promise<void>;
}

interface Options {
  /** The built-in demo model, or a Messages API that says what it is told. */
  model: "demo" | "echo";
  /** Further settings. */
  env?: Record<string, string>;
}

/** serve starts the real programs before the tests of a file and ends them after. */
export function serve({ model, env = {} }: Options): Server {
  let running: Programs | undefined;
  test.beforeAll(async () => {
    running = await Programs.start(model, env);
  });
  test.afterAll(async () => {
    await running?.stop();
  });
  return {
    get url() {
      return running?.url ?? "";
    },
    restartGateway: async () => running?.restartGateway(),
    killGateway: async () => running?.restartGateway("SIGKILL"),
  };
}

class Programs {
  private app: ChildProcess | undefined;
  private gateway: ChildProcess | undefined;

  private constructor(
    readonly url: string,
    private readonly wsUrl: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly data: string,
    private readonly model: Model | undefined,
  ) {}

  static async start(kind: Options["model"], settings: Record<string, string>): Promise<Programs> {
    const [port, wsPort] = [await freePort(), await freePort()];
    const data = mkdtempSync(join(tmpdir(), "agentchat-e2e-"));
    const model = kind === "echo" ? await startModel() : undefined;
    const url = `http://localhost:${port}`;
    const env = {
      PATH: process.env.PATH,
      HOME: data,
      PORT: String(port),
      WS_PORT: String(wsPort),
      PUBLIC_URL: url,
      CLAUDE_SESSIONS_ROOT: join(data, "users"),
      SIGNUP: "open",
      LOG_LEVEL: "warn",
      ...settings,
      ...(model && { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: "test" }),
    };
    const programs = new Programs(url, `http://localhost:${wsPort}`, env, data, model);
    await programs.launch();
    return programs;
  }

  async restartGateway(signal: NodeJS.Signals = "SIGTERM") {
    await end(this.gateway, signal);
    this.gateway = this.run("wsgateway");
    await healthy(`${this.wsUrl}/api/livez`);
  }

  async stop() {
    await Promise.all([end(this.app), end(this.gateway)]);
    this.model?.close();
    rmSync(this.data, { recursive: true, force: true });
  }

  private async launch() {
    this.gateway = this.run("wsgateway");
    this.app = this.run("app");
    await Promise.all([healthy(`${this.wsUrl}/api/livez`), healthy(`${this.url}/api/livez`)]);
  }

  private run(name: string): ChildProcess {
    return spawn(join(BIN, name), [], { env: this.env, cwd: this.data, stdio: ["ignore", "inherit", "inherit"] });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("the probe has no port");
  return address.port;
}

async function healthy(url: string) {
  for (let attempt = 0; attempt < 150; attempt++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error(`${url} did not answer`);
}

async function end(program: ChildProcess | undefined, signal: NodeJS.Signals = "SIGTERM") {
  if (!program || program.exitCode !== null) return;
  const ended = once(program, "exit");
  program.kill(signal);
  const timer = setTimeout(() => program.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}
