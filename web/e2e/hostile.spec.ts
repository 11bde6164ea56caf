import { expect, type Page, test } from "@playwright/test";
import { answers, enter, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });

const ATTACK = [
  "<script>window.pwned = 1</script>",
  '<img src=x onerror="window.pwned = 1"> and inline <b onmouseover="window.pwned = 1">b</b>',
  "![remote](https://attacker.example/pixel.png)",
  "[click](javascript:window.pwned=1) [data](data:text/html,<script>window.pwned=1</script>)",
  '<iframe src="https://attacker.example/"></iframe> <svg onload="window.pwned = 1"></svg>',
  "```html\n<script>window.pwned = 1</script>\n```",
  '<style>body { display: none }</style> <form action="https://attacker.example"><button>x</button></form>',
].join("\n\n");

/** watch notes every request that leaves the server's own origins. */
function watch(page: Page): string[] {
  const away: string[] = [];
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "localhost") away.push(request.url());
  });
  return away;
}

async function unharmed(page: Page, away: string[]) {
  expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
  expect(away).toEqual([]);
  await expect(page.locator("#root")).toBeVisible();
}

test("what the model writes stays text", async ({ page }) => {
  const away = watch(page);
  await enter(page, server);
  await say(page, `say: ${ATTACK}`);
  await settled(page);
  const answer = answers(page).last();
  await expect(answer).toContainText("<script>window.pwned = 1</script>");
  await expect(answer.locator("img, script, iframe, form, style")).toHaveCount(0);
  for (const link of await answer.getByRole("link").all()) {
    expect(await link.getAttribute("href")).toMatch(/^https:\/\/attacker\.example\/pixel\.png$/);
  }
  await unharmed(page, away);
  await page.reload();
  await expect(answers(page).last()).toContainText("remote");
  await unharmed(page, away);
});

test("what a command prints, and what it is, stays text and is shown in full", async ({ page }) => {
  const away = watch(page);
  await enter(page, server);
  const command = "printf '<img src=x onerror=window.pwned=1>\\033[31mred\\033[0m\\n' # \u202e gnihton";
  await say(page, `bash: ${command}`);
  const subject = page.getByTestId("permission-subject");
  await expect(subject).toContainText("<img src=x onerror=window.pwned=1>");
  await expect(subject).toContainText("⟨U+202E⟩");
  await page.getByRole("button", { name: "Allow once" }).click();
  const call = page.locator('[data-tool="Bash"]');
  await expect(call).toHaveAttribute("data-outcome", "done");
  await call.getByRole("button").first().click();
  await expect(call).toContainText(">red");
  await unharmed(page, away);
});

test("the page cannot be framed and runs no inline script", async ({ page }) => {
  const answer = await page.goto(server.url);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toMatch(/script-src 'self'(;|$)/);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
  await page.reload();
  await expect(page.getByLabel("Password")).toBeVisible();
  expect(complaints).toEqual([]);
});
