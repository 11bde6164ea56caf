import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, type Locator, type Page } from "@playwright/test";
import type { Server } from "./server";

export const PASSWORD = "a long enough passphrase";
let people = 0;

/** enter makes an account of its own and opens the page as that person. */
export async function enter(page: Page, server: Server): Promise<string> {
  const username = `person${process.pid}x${++people}`;
  const answer = await page.request.post(`${server.url}/api/auth/signup`, { data: { username, password: PASSWORD } });
  expect(answer.status(), await answer.text()).toBe(201);
  await page.goto(server.url);
  await expect(composer(page)).toBeVisible();
  return username;
}

export function composer(page: Page): Locator {
  return page.getByRole("textbox", { name: /^(Message|消息)$/ });
}

/** say writes a message and sends it. */
export async function say(page: Page, text: string) {
  await composer(page).fill(text);
  const send = page.getByRole("button", { name: /^(Send|发送)$/ });
  await expect(send).toBeEnabled();
  await send.click();
  await expect(page).toHaveURL(/\/s\//);
}

export function answers(page: Page): Locator {
  return page.locator('[data-message="agent"]');
}

/** written is the text of the only answer so far. */
export async function written(page: Page): Promise<string> {
  return (await answers(page).locator(".prose-chat").textContent()) ?? "";
}

/** settled waits until no turn runs. */
export async function settled(page: Page) {
  await expect(page.locator("[data-run]")).toHaveAttribute("data-run", "idle", { timeout: 30_000 });
}

/** writeTranscript writes a session's file as Claude Code would in a terminal, and gives its id and path. */
export async function writeTranscript(page: Page, server: Server, textOf: (id: string, cwd: string) => string) {
  const me = await (await page.request.get(`${server.url}/api/me`)).json();
  const id = crypto.randomUUID();
  const path = join(me.home, ".claude", "projects", me.defaultCwd.replaceAll(/[^a-zA-Z0-9]/g, "-"), `${id}.jsonl`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, textOf(id, me.defaultCwd));
  return { id, path };
}

/** hasNoOverflow is true when nothing is wider than the window. */
export function hasNoOverflow(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}
