import { expect, test } from "@playwright/test";
import { clean, shoot } from "./looks";
import { composer, enter, hasNoOverflow, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });

const RICH = [
  "say: # Heading",
  "Some **bold** text, `code`, a [link](https://example.com) and a long word: ".concat("x".repeat(200)),
  '```go\npackage main\n\n// A comment.\nfunc main() { println("hello", 42) }\n```',
  "| a | b | c |\n|---|---|---|\n| 1 | 2 | ".concat("wide ".repeat(40), "|"),
  "- one\n- two\n\n> quoted",
].join("\n\n");

const THEMES = ["light", "dark"] as const;

for (const theme of THEMES) {
  test(`axe finds nothing (${theme})`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.goto(server.url);
    await expect(page.getByLabel("Password")).toBeVisible();
    await clean(page);
    await shoot(page, `auth-${theme}`);
    await enter(page, server);
    await clean(page);
    await shoot(page, `home-${theme}`);
    await say(page, RICH);
    await settled(page);
    await expect(page.locator("span.token").first()).toBeVisible();
    await clean(page);
    await shoot(page, `session-${theme}`);
    await say(page, "bash: for i in $(seq 1 40); do echo line $i; done");
    await expect(page.getByTestId("permission-card")).toBeVisible();
    await clean(page);
    await shoot(page, `card-${theme}`);
    await page.getByRole("button", { name: "Allow once" }).click();
    await settled(page);
    await page.locator('[data-tool="Bash"]').getByRole("button").first().click();
    await clean(page);
    await shoot(page, `tool-${theme}`);
    await page.locator("main header").getByRole("button", { name: "Session menu" }).click();
    await clean(page);
    await shoot(page, `menu-session-${theme}`);
    await page.keyboard.press("Escape");
    await page.getByRole("navigation").getByRole("button", { name: "Session menu" }).first().focus();
    await page.keyboard.press("Enter");
    await clean(page);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Account and settings" }).click();
    await clean(page);
    await shoot(page, `menu-account-${theme}`);
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await clean(page);
    await shoot(page, `settings-${theme}`);
  });
}

test("a phone shows everything in one column", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await enter(page, server);
  expect(await hasNoOverflow(page)).toBe(true);
  await shoot(page, "phone-home");
  await say(page, RICH);
  await settled(page);
  expect(await hasNoOverflow(page)).toBe(true);
  await shoot(page, "phone-session");
  const box = await composer(page).boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeGreaterThan(700);
  await say(page, `bash: echo ${"long ".repeat(60)}`);
  await expect(page.getByTestId("permission-card")).toBeVisible();
  expect(await hasNoOverflow(page)).toBe(true);
  await shoot(page, "phone-card");
  await page.getByRole("button", { name: "Deny", exact: true }).click();
  await page.getByRole("button", { name: "Open the session list" }).click();
  await expect(page.getByRole("dialog").getByRole("link", { name: "New session" })).toBeVisible();
  await shoot(page, "phone-drawer");
  await clean(page);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await expect(page.getByRole("menuitem", { name: "Usage", exact: true })).toBeInViewport();
  await clean(page);
  await shoot(page, "phone-drawer-menu");
  await page.getByRole("menuitem", { name: "Usage", exact: true }).click();
  await expect(page).toHaveURL(/\/usage/);
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("scrolling up stops following, and one button leads back", async ({ page }) => {
  await enter(page, server);
  await say(page, `say: ${Array.from({ length: 80 }, (_, i) => `Paragraph ${i + 1}.`).join("\n\n")}`);
  await settled(page);
  await expect(page.getByText("Paragraph 80.", { exact: true })).toBeInViewport();
  await page.getByRole("log").hover();
  await page.mouse.wheel(0, -1500);
  const jump = page.getByRole("button", { name: "Jump to latest" });
  await expect(jump).toBeVisible();
  await expect(page.getByText("Paragraph 80.", { exact: true })).not.toBeInViewport();
  await jump.click();
  await expect(page.getByText("Paragraph 80.", { exact: true })).toBeInViewport();
});

test.describe("in Chinese", () => {
  test.use({ locale: "zh-CN" });

  test("the page speaks the browser's language, and the person's choice wins", async ({ page }) => {
    await page.goto(server.url);
    await expect(page.getByLabel("密码")).toBeVisible();
    await shoot(page, "auth-zh");
    await enter(page, server);
    await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
    await shoot(page, "home-zh");
    await say(page, "bash: touch seen.txt");
    await expect(page.getByRole("button", { name: "允许一次" })).toBeVisible();
    await shoot(page, "card-zh");
    await page.getByRole("button", { name: "账号与设置" }).click();
    await page.getByRole("menuitem", { name: "设置" }).click();
    await shoot(page, "settings-zh");
    await page.getByLabel("语言").selectOption("en");
    await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("link", { name: "New session" })).toBeVisible();
  });

  test("Enter that chooses a word of an input method does not send", async ({ page }) => {
    await enter(page, server);
    const field = composer(page);
    await field.fill("你好");
    await field.evaluate((element) => {
      const press = (init: KeyboardEventInit & { keyCode?: number }) =>
        element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...init }));
      press({ isComposing: true });
      press({ keyCode: 229 } as KeyboardEventInit);
    });
    await expect(field).toHaveValue("你好");
    await expect(page).toHaveURL(`${server.url}/`);
  });
});
