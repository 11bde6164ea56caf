import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Model is a Messages API on loopback that does what the prompt says, so that a test decides what the agent writes. */
export interface Model {
  url: string;
  close(): void;
}

interface Block {
  type: string;
  text?: string;
}

interface Request {
  stream?: boolean;
  messages: { role: string; content: string | Block[] }[];
}

/** What the count of a conversation's tokens always comes to. */
export const COUNTED = 84_000;

type Send = (event: { type: string } & Record<string, unknown>) => void;

/** What a prompt may begin with. Each plays one content block and returns the stop reason. */
const PLAYS: Record<string, (argument: string, send: Send, gone: () => boolean) => Promise<string>> = {
  async say(text, send) {
    await playText(text.match(/[\s\S]{1,7}/g) ?? [], 2, send, () => false);
    return "end_turn";
  },
  async count(argument, send, gone) {
    const words = Array.from({ length: Number(argument) }, (_, i) => `word${i + 1} `);
    await playText(words, 50, send, gone);
    return "end_turn";
  },
  async bash(command, send) {
    return playCall("Bash", JSON.stringify({ command, description: "asked for" }), send);
  },
  /** Any tool: its name, then its input. */
  async tool(argument, send) {
    const [, name = "", input = ""] = /^(\w+)\s+([\s\S]*)$/.exec(argument) ?? [];
    return playCall(name, input, send);
  },
};

function playCall(name: string, input: string, send: Send): string {
  const call = { type: "tool_use", id: `toolu_${Date.now()}`, name, input: {} };
  send({ type: "content_block_start", index: 0, content_block: call });
  send({ type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: input } });
  send({ type: "content_block_stop", index: 0 });
  return "tool_use";
}

async function playText(pieces: string[], pause: number, send: Send, gone: () => boolean) {
  send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
  for (const text of pieces) {
    if (gone()) return;
    send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
    await new Promise((wait) => setTimeout(wait, pause));
  }
  send({ type: "content_block_stop", index: 0 });
}

export async function startModel(): Promise<Model> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.closeAllConnections() ?? server.close() };
}

async function answer(request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method !== "POST" || !request.url?.startsWith("/v1/messages")) {
    response.writeHead(404).end();
    return;
  }
  if (request.url.startsWith("/v1/messages/count_tokens")) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ input_tokens: COUNTED }));
    return;
  }
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Request;
  const message = {
    id: `msg_${Date.now()}`,
    type: "message",
    role: "assistant",
    model: "echo",
    content: [] as Block[],
  };
  const usage = { input_tokens: 1200, output_tokens: 1 };
  if (!body.stream) {
    const content = [{ type: "text", text: "Title" }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...message, content, stop_reason: "end_turn", stop_sequence: null, usage }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send: Send = (event) => response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  send({ type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null, usage } });
  const reason = await play(body, send, () => response.destroyed);
  send({ type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 20 } });
  send({ type: "message_stop" });
  response.end();
}

function play(body: Request, send: Send, gone: () => boolean): Promise<string> {
  const last = body.messages.at(-1)?.content ?? "";
  const blocks = typeof last === "string" ? [{ type: "text", text: last }] : last;
  const afterTool = blocks.some((b) => b.type === "tool_result");
  const text = afterTool ? "say: The command has ended." : (blocks.findLast(isTold)?.text ?? "");
  const title = /^<message>\n([\s\S]*)\n<\/message>$/.exec(text)?.[1];
  if (title !== undefined) return PLAYS.say?.(title, send, gone) ?? Promise.resolve("end_turn"); // It is its own title.
  const [, name = "", argument = ""] = /^\s*(\w+):\s?([\s\S]*)$/.exec(text) ?? [];
  const chosen = Object.hasOwn(PLAYS, name) ? PLAYS[name] : undefined;
  return chosen ? chosen(argument, send, gone) : (PLAYS.say?.(text, send, gone) ?? Promise.resolve("end_turn"));
}

/** isTold is true for what the person wrote, and not for what the agent adds to it. */
function isTold({ type, text = "" }: Block): boolean {
  return type === "text" && !text.startsWith("<system-reminder>");
}
