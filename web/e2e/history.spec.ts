import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { composer, enter, hasNoOverflow, say, settled, writeTranscript } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });
const SHOTS = process.env.E2E_SHOTS;
const EXCHANGES = 700;

/** longSession is the text of a session with many exchanges. */
function longSession(sessionId: string, cwd: string): string {
  const lines: string[] = [];
  let parentUuid: string | null = null;
  const put = (i: number, record: object) => {
    const uuid = crypto.randomUUID();
    const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString();
    const common = { parentUuid, isSidechain: false, cwd, sessionId, version: "2.1.0", uuid, timestamp };
    lines.push(JSON.stringify({ ...common, ...record }));
    parentUuid = uuid;
  };
  for (let i = 1; i <= EXCHANGES; i++) {
    const text = i === 100 ? "Where is the 松鼠 hidden?" : `Question ${i}.`;
    put(2 * i, { type: "user", message: { role: "user", content: text } });
    const content = [{ type: "text", text: `Answer ${i}. ${"Some words more. ".repeat(i % 7)}` }];
    const message = { id: `msg_${i}`, type: "message", role: "assistant", model: "claude-test", content };
    put(2 * i + 1, { type: "assistant", message });
  }
  return `${lines.join("\n")}\n`;
}

const text = (page: Page, words: string) => page.getByRole("log").getByText(words, { exact: true });

test("a long session opens at its end, scrolls to its beginning, and is searched", async ({ page }) => {
  await enter(page, server);
  const { id } = await writeTranscript(page, server, longSession);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await expect(async () => {
    const answer = await page.request.get(`${server.url}/api/search?q=${encodeURIComponent("松鼠")}`);
    expect((await answer.json()).items).toHaveLength(1);
  }).toPass();
  await page.goto(`${server.url}/s/${id}`);
  await expect(text(page, `Question ${EXCHANGES}.`)).toBeInViewport();
  expect(requests.filter((url) => url.includes("/messages")).length).toBeLessThan(4);

  // To the beginning, page by page, and nothing jumps.
  await page.getByRole("log").hover();
  await expect(async () => {
    await page.mouse.wheel(0, -20_000);
    await expect(text(page, "Question 1.")).toBeInViewport({ timeout: 300 });
  }).toPass({ timeout: 90_000 });
  await expect(page.getByText("Loading earlier messages…")).toHaveCount(0);
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await expect(text(page, `Question ${EXCHANGES}.`)).toBeInViewport();

  // A word of two characters opens the conversation at its place.
  await page.reload();
  await expect(text(page, `Question ${EXCHANGES}.`)).toBeInViewport();
  await page.keyboard.press("ControlOrMeta+k");
  const field = page.getByRole("combobox");
  await field.fill("松鼠");
  const hit = page.getByRole("option").filter({ hasText: "Where is the" });
  await expect(hit.locator("mark")).toHaveText("松鼠");
  expect((await new AxeBuilder({ page }).analyze()).violations.map((v) => v.id)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/search.png` });
  await hit.click();
  await expect(text(page, "Where is the 松鼠 hidden?")).toBeInViewport();
  await expect(text(page, `Question ${EXCHANGES}.`)).toHaveCount(0);
  await expect(page).toHaveURL(/at=/);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/found.png` });
  await page.getByRole("log").hover();
  await expect(async () => {
    await page.mouse.wheel(0, 400);
    await expect(text(page, "Question 160.")).toBeInViewport({ timeout: 50 });
  }).toPass({ timeout: 30_000 });
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await expect(text(page, `Question ${EXCHANGES}.`)).toBeInViewport();
  await expect(page).not.toHaveURL(/at=/);

  // It goes on where it was.
  await say(page, "say: It goes on.");
  await settled(page);
  await expect(text(page, "It goes on.")).toBeInViewport();
});

test("a session is exported and forked", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enter(page, server);
  await say(page, "say: Some **bold** words.");
  await settled(page);
  const menu = page.getByRole("button", { name: "Session menu" }).first();
  const saved = async (item: string) => {
    const download = page.waitForEvent("download");
    await menu.click();
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/phone-menu.png` });
    await page.getByRole("menuitem", { name: item }).click();
    const file = await download;
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
  };
  const markdown = await saved("Export as Markdown");
  expect(markdown.name).toMatch(/\.md$/);
  expect(markdown.text).toContain("Some **bold** words.");
  const html = await saved("Export as a web page");
  expect(html.text).toContain("<strong>bold</strong>");
  if (SHOTS) {
    const view = await page.context().newPage();
    await view.setContent(html.text);
    await view.screenshot({ path: `${SHOTS}/export.png` });
    await view.close();
  }
  const transcript = await saved("Export the transcript");
  expect(transcript.name).toMatch(/^[0-9a-f-]{36}\.jsonl$/);
  for (const line of transcript.text.trim().split("\n")) JSON.parse(line);

  const before = page.url();
  await menu.click();
  await page.getByRole("menuitem", { name: "Fork" }).click();
  await expect(page).not.toHaveURL(before);
  await expect(text(page, "bold")).toBeVisible();
  await expect(composer(page)).toBeVisible();
  expect(await hasNoOverflow(page)).toBe(true);
});

test.describe("in Chinese, on a phone", () => {
  test.use({ locale: "zh-CN", viewport: { width: 390, height: 844 } });

  test("what was said is found in the session list", async ({ page }) => {
    await enter(page, server);
    await say(page, "say: 我们把数据库备份到另一台机器上。");
    await settled(page);
    await page.getByRole("button", { name: "打开会话列表" }).click();
    await page.getByRole("searchbox", { name: "搜索标题和消息" }).fill("备份");
    const found = page.getByRole("region", { name: "消息中" }).getByRole("link");
    await expect(found.filter({ hasText: "助手：" })).toBeVisible();
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/phone-search-zh.png` });
    await found.filter({ hasText: "助手：" }).click();
    await expect(page).toHaveURL(/at=/);
    await expect(text(page, "我们把数据库备份到另一台机器上。")).toBeInViewport();
    expect(await hasNoOverflow(page)).toBe(true);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/phone-found-zh.png` });
  });
});
