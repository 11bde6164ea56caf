import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { answers, composer, enter, hasNoOverflow, PASSWORD, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "demo" });
const SHOTS = process.env.E2E_SHOTS;

async function openSettings(page: Page) {
  await page.getByRole("button", { name: /^(Account and settings|账号与设置)$/ }).click();
  await page.getByRole("menuitem", { name: /^(Settings|设置)$/ }).click();
}

test("a deleted session is restored, and goes on", async ({ page }) => {
  await enter(page, server);
  await say(page, "count to 3");
  await settled(page);
  const address = page.url();
  const remove = page.getByRole("menuitem", { name: "Delete" });
  await expect(async () => {
    // the row is drawn anew when its title comes.
    await page.getByRole("button", { name: "Session menu" }).first().click();
    await expect(remove).toBeVisible({ timeout: 2000 });
  }).toPass();
  await remove.click();
  await expect(page.getByRole("dialog")).toContainText("30 days");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await openSettings(page);
  const trash = page.getByRole("region", { name: "Recently deleted" });
  await trash.scrollIntoViewIfNeeded();
  await expect(trash.getByText("count to 3")).toBeVisible();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/trash.png` });
  const axe = await new AxeBuilder({ page }).include('[role="dialog"]').analyze();
  expect(axe.violations).toEqual([]);
  await trash.getByRole("button", { name: "Restore count to 3" }).click();
  await expect(trash.getByText("Nothing.")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.goto(address);
  await expect(answers(page)).toHaveCount(1);
  await say(page, "count to 2");
  await settled(page);
  await expect(answers(page)).toHaveCount(2);
});

test.describe("in Chinese on a phone", () => {
  test.use({ locale: "zh-CN", viewport: { width: 375, height: 740 } });

  test("a project is deleted", async ({ page }) => {
    await enter(page, server);
    await page.request.post(`${server.url}/api/projects`, {
      data: { name: "旧网站" },
      headers: { Origin: server.url },
    });
    await page.reload();
    await page.getByRole("button", { name: /^项目/ }).click();
    await page.getByRole("menuitem", { name: "旧网站" }).click();
    await page.getByRole("button", { name: /^项目/ }).click();
    await page.getByRole("menuitem", { name: "删除项目 旧网站" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("30 天内可以恢复");
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/trash-project-zh.png` });
    await dialog.getByRole("button", { name: "删除" }).click();
    await expect(dialog).toBeHidden();
    const left = await (await page.request.get(`${server.url}/api/trash`)).json();
    expect(left.items).toMatchObject([{ kind: "project", name: "旧网站" }]);
    expect(await hasNoOverflow(page)).toBe(true);
    await page.getByRole("button", { name: "打开会话列表" }).click();
    await openSettings(page);
    await page.getByRole("region", { name: "最近删除" }).scrollIntoViewIfNeeded();
    await expect(page.getByText("项目 旧网站")).toBeVisible();
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/trash-zh.png` });
  });
});

test("an account is deleted by its owner", async ({ page }) => {
  await enter(page, server); // the first of all is the administrator, who stays.
  const username = await enter(page, server);
  await openSettings(page);
  const section = page.getByRole("region", { name: "Delete account" });
  await section.getByLabel("Your password").fill("not the password");
  await section.getByRole("button", { name: "Delete account" }).click();
  const asked = page.getByRole("dialog", { name: "Delete your account?" });
  await asked.getByRole("button", { name: "Delete" }).click();
  await expect(asked.getByRole("alert")).toContainText("wrong");
  await asked.getByRole("button", { name: "Cancel" }).click();
  await section.getByLabel("Your password").fill(PASSWORD);
  await section.getByRole("button", { name: "Delete account" }).click();
  await asked.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(composer(page)).toBeHidden();
});
