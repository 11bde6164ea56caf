import { expect, type Page, test } from "@playwright/test";
import { clean, shoot } from "./looks";
import { enter, hasNoOverflow, writeTranscript } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });

const DAY = 86_400_000;
const MILLION = 1_000_000;

interface Spent {
  daysAgo: number;
  model: string;
  input: number;
  output: number;
}

/** used writes a session's file in which all that was spent. */
function used(spent: readonly Spent[]) {
  return (sessionId: string, cwd: string): string => {
    let parentUuid: string | null = null;
    const line = (daysAgo: number, record: object): string => {
      const uuid: string = crypto.randomUUID();
      const timestamp = new Date(Date.now() - daysAgo * DAY).toISOString();
      const text = JSON.stringify({ parentUuid, isSidechain: false, cwd, sessionId, uuid, timestamp, ...record });
      parentUuid = uuid;
      return text;
    };
    const lines = [line(80, { type: "user", message: { role: "user", content: "Spend" } })];
    for (const [i, { daysAgo, model, input, output }] of spent.entries()) {
      const usage = {
        input_tokens: input,
        output_tokens: output,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
      };
      const content = [{ type: "text", text: "Spent." }];
      const message = { id: `msg_${i}`, type: "message", role: "assistant", model, content, usage };
      lines.push(line(daysAgo, { type: "assistant", message }));
    }
    return `${lines.join("\n")}\n`;
  };
}

const OPUS = "claude-opus-4-5";
const HAIKU = "claude-haiku-4-5";
const EXAMPLE: Spent[] = [
  { daysAgo: 60, model: OPUS, input: 2 * MILLION, output: 0 }, // $10
  ...Array.from({ length: 24 }, (_, i) => ({
    daysAgo: 25 - i,
    model: i % 3 === 1 ? HAIKU : OPUS,
    input: 100_000 * ((i * 7) % 5),
    output: 10_000,
  })),
  { daysAgo: 1, model: HAIKU, input: MILLION, output: 0 }, // $1
  { daysAgo: 0, model: OPUS, input: MILLION, output: 0 }, // $5
  { daysAgo: 0, model: "a-model-of-somebody-else", input: MILLION, output: 500_000 },
];

async function spend(page: Page, spent: readonly Spent[]) {
  await writeTranscript(page, server, used(spent));
  await expect(async () => {
    const answer = await page.request.get(`${server.url}/api/usage`);
    expect((await answer.json()).items.length).toBeGreaterThanOrEqual(new Set(spent.map((s) => s.model)).size);
  }).toPass();
}

async function open(page: Page, name: string | RegExp) {
  await page.getByRole("button", { name: /^(Account and settings|账号与设置)$/ }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

test("people see what they used, by day and model, and administrators see everybody", async ({ page, browser }) => {
  await enter(page, server); // the administrator.
  await spend(page, [{ daysAgo: 3, model: HAIKU, input: 2 * MILLION, output: 0 }]);
  const other = await (await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 900 } })).newPage();
  const name = await enter(other, server);
  await spend(other, [
    { daysAgo: 60, model: OPUS, input: 2 * MILLION, output: 0 },
    { daysAgo: 1, model: HAIKU, input: MILLION, output: 0 },
    { daysAgo: 0, model: OPUS, input: MILLION, output: 0 },
  ]);

  await other.getByRole("button", { name: "Account and settings" }).click();
  await expect(other.getByRole("menuitem", { name: "Usage of all users" })).toHaveCount(0);
  await other.keyboard.press("Escape");
  await open(other, "Usage");
  await expect(other).toHaveURL(/\/usage$/);
  await expect(other.getByTestId("usage-cost")).toHaveText("$6.00");
  await expect(other.getByTestId("usage-tokens")).toHaveText("2M");
  const plot = other.getByRole("img", { name: /^Cost by day: \$6\.00 in all, the most on .* with \$5\.00/ });
  await expect(plot).toBeVisible();
  const rows = other.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText(/claude-opus-4-5.*1,000,000.*\$5\.00/);
  await expect(other.getByText("list prices")).toBeVisible();

  // A day is read by pointing at it.
  await plot.locator("[data-day]").last().hover();
  await expect(other.getByTestId("usage-cost")).toHaveText("$5.00");
  await other.mouse.move(0, 0);
  await expect(other.getByTestId("usage-cost")).toHaveText("$6.00");

  await other.getByRole("radio", { name: "7 days" }).focus();
  await other.keyboard.press("ArrowRight");
  await other.keyboard.press("ArrowRight");
  await expect(other).toHaveURL(/days=90/);
  await expect(other.getByTestId("usage-cost")).toHaveText("$16.00");
  await other.reload();
  await expect(other.getByRole("radio", { name: "90 days" })).toBeChecked();
  await expect(other.getByTestId("usage-cost")).toHaveText("$16.00");
  await clean(other);

  await open(page, "Usage of all users");
  await expect(page.getByTestId("usage-cost")).toHaveText("$8.00");
  await expect(page.getByRole("list", { name: "Cost by user" }).getByRole("listitem")).toHaveText([
    /\$6\.00/,
    /\$2\.00/,
  ]);
  await clean(page);
  await shoot(page, "usage-all");
  await page.getByRole("combobox", { name: "Whose usage" }).selectOption({ label: name });
  await expect(page.getByTestId("usage-cost")).toHaveText("$6.00");
  await expect(page.getByRole("list", { name: "Cost by user" })).toHaveCount(0);
  await other.goto(`${server.url}/admin/usage`);
  await expect(other.getByRole("alert").first()).toBeVisible();
});

test("nothing used is said", async ({ page }) => {
  await enter(page, server);
  await page.goto(`${server.url}/usage?days=nonsense`);
  await expect(page.getByText("Nothing was used in these days.")).toBeVisible();
  await expect(page.getByRole("radio", { name: "30 days" })).toBeChecked();
  await clean(page);
});

for (const theme of ["light", "dark"] as const) {
  test.describe(`in Chinese (${theme})`, () => {
    test.use({ locale: "zh-CN", colorScheme: theme });

    test("the page fits a screen and a phone", async ({ page }) => {
      await enter(page, server);
      await spend(page, EXAMPLE);
      await open(page, "用量");
      await expect(page.getByRole("img", { name: /^每日费用：共/ })).toBeVisible();
      await expect(page.getByText("a-model-of-somebody-else 没有已知价格")).toBeVisible();
      await clean(page);
      await shoot(page, `usage-${theme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await expect(page.getByRole("button", { name: "打开会话列表" })).toBeVisible();
      expect(await hasNoOverflow(page)).toBe(true);
      await clean(page);
      await shoot(page, `usage-phone-${theme}`);
      await page.getByText("90 天").click();
      await expect(page).toHaveURL(/days=90/);
      await page.getByRole("table").scrollIntoViewIfNeeded();
      expect(await hasNoOverflow(page)).toBe(true);
      await shoot(page, `usage-phone-90-${theme}`);
    });
  });
}
