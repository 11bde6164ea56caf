import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { composer, hasNoOverflow, PASSWORD, writeTranscript } from "./person";
import { serve } from "./server";

const server = serve({ model: "demo" });
const SHOTS = process.env.E2E_SHOTS;

test.describe.configure({ mode: "serial" });

/** signIn signs the administrator in, on a page that is not. */
async function signIn(page: Page) {
  await page.goto(server.url);
  await page.getByLabel("User name").fill("ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("the first person becomes the administrator", async ({ page }) => {
  await page.goto(server.url);
  await expect(page.getByRole("heading", { name: "Create the administrator" })).toBeVisible();
  await page.getByLabel("User name").fill("ada");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(composer(page)).toBeVisible();
  await expect(page.getByText("Demo model")).toBeVisible();
  const me = await (await page.request.get(`${server.url}/api/me`)).json();
  expect(me).toMatchObject({ username: "ada", role: "admin" });
});

test("signing out and in again", async ({ page }) => {
  await page.goto(`${server.url}/s/00000000-0000-4000-8000-000000000000`);
  await expect(page).toHaveURL(/\/login/);
  await page.getByLabel("User name").fill("ada");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(composer(page)).toBeVisible();
  await page.reload();
  await expect(composer(page)).toBeVisible();
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login/);
  await page.goto(server.url);
  await expect(page).toHaveURL(/\/login/);
});

test("an API token is shown once and can be deleted", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await page.getByLabel("What is it for?").fill("editor");
  await page.getByRole("button", { name: "Create token" }).click();
  const token = await page.getByText(/^cac_/).textContent();
  const headers = { Authorization: `Bearer ${token}` };
  expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(200);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await expect(page.getByText(/^cac_/)).toHaveCount(0);
  await page.getByRole("button", { name: "Delete the token editor" }).click();
  await expect(page.getByText("No tokens.")).toBeVisible();
  expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(401);
});

test("an administrator invites somebody, keeps them out, and finds it in the audit log", async ({ page, browser }) => {
  await signIn(page);
  await expect(composer(page)).toBeVisible();
  await page.getByRole("button", { name: "Account and settings" }).click();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/menu-admin.png` });
  await page.getByRole("menuitem", { name: "Users", exact: true }).click();
  await page.getByRole("button", { name: "Invite a user" }).click();
  const link = (await page.getByText(/\/signup#/).textContent()) ?? "";
  const guest = await (await browser.newContext({ locale: "zh-CN", viewport: { width: 390, height: 800 } })).newPage();
  await guest.goto(link);
  await guest.getByLabel("用户名").fill("赵");
  await guest.getByLabel("密码").fill(PASSWORD);
  await guest.getByRole("button", { name: "创建账号" }).click();
  await expect(composer(guest)).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Keep 赵 out" }).click();
  await expect(guest).toHaveURL(/login/, { timeout: 15_000 });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/users.png` });
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Audit log" }).click();
  await page.getByRole("searchbox", { name: "Search the log" }).fill("赵");
  await expect(page.getByRole("list", { name: "Audit log" })).toContainText("account.disabled");
  await page.getByRole("button", { name: "Check the chain" }).click();
  await expect(page.getByRole("status")).toContainText("all as they were written");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/audit.png` });
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await hasNoOverflow(page)).toBe(true);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/audit-phone.png` });
});

test("a new password is set by a link that works once", async ({ page, browser }) => {
  await signIn(page);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Users", exact: true }).click();
  await page.getByRole("button", { name: "Let 赵 in" }).click();
  await page.getByRole("button", { name: "Reset the password of 赵" }).click();
  const link = (await page.getByText(/\/reset#/).textContent()) ?? "";
  const guest = await (await browser.newContext({ locale: "zh-CN", viewport: { width: 390, height: 800 } })).newPage();
  const next = "another long passphrase";
  await guest.goto(link);
  await guest.getByLabel("新密码").fill(next);
  if (SHOTS) await guest.screenshot({ path: `${SHOTS}/reset-zh.png` });
  await guest.getByRole("button", { name: "修改密码" }).click();
  await expect(guest).toHaveURL(/\/login/);
  await guest.getByLabel("用户名").fill("赵");
  await guest.getByLabel("密码").fill(next);
  await guest.getByRole("button", { name: "登录" }).click();
  await expect(composer(guest)).toBeVisible();
  await guest.goto(link);
  await guest.getByLabel("新密码").fill("a third long passphrase");
  await guest.getByRole("button", { name: "修改密码" }).click();
  await expect(guest.getByRole("alert")).toBeVisible();
});

test("the administrator sees a damaged transcript and repairs it", async ({ page }) => {
  await signIn(page);
  await expect(composer(page)).toBeVisible();
  let line = "";
  const { id, path } = await writeTranscript(page, server, (sessionId, cwd) => {
    const message = { role: "user", content: "Before the power went" };
    const timestamp = "2026-01-01T00:00:00.000Z";
    line = JSON.stringify({
      type: "user",
      parentUuid: null,
      uuid: crypto.randomUUID(),
      sessionId,
      cwd,
      timestamp,
      message,
    });
    return `${line}\n\0\0\0\0{"type":"user","mess\n`;
  });
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Transcript doctor" }).click();
  const patient = page.getByRole("region", { name: id });
  await expect(async () => {
    await page.reload();
    await expect(patient).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(patient).toContainText("Line 2: nothing whole in it.");
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/doctor.png` });
  await patient.getByRole("button", { name: "Repair" }).click();
  await expect(patient).toContainText("Repaired: 1 lines changed");
  expect(readFileSync(path, "utf8")).toBe(`${line}\n`);
});

test("the administrator sees whether the boundary holds", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Boundary of tools" }).click();
  await expect(page.getByRole("status").filter({ hasText: "It holds: Landlock." })).toBeVisible();
  const tested = page.getByText("Tested").locator("xpath=following-sibling::dd");
  const before = await page.request.get(`${server.url}/api/admin/boundary`);
  await page.getByRole("button", { name: "Test it now" }).click();
  await expect
    .poll(async () => (await (await page.request.get(`${server.url}/api/admin/boundary`)).json()).testedAt)
    .not.toBe((await before.json()).testedAt);
  await expect(tested).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/boundary.png` });
});

test("a second factor is set up, asked for, and recovered from", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  const section = page.getByRole("region", { name: "Second factor" });
  await section.getByLabel("Password, to change this").fill(PASSWORD);
  await section.getByRole("button", { name: "Set up" }).click();
  const secret = (await section.locator("code").textContent()) ?? "";
  await expect(section.getByAltText("QR code for the authenticator")).toBeVisible();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/factor.png` });
  await section.getByLabel("Code").fill("000000");
  await section.getByRole("button", { name: "Turn on" }).click();
  await expect(section.getByRole("alert")).toContainText("wrong");
  await section.getByLabel("Code").fill(codeOf(secret));
  await section.getByRole("button", { name: "Turn on" }).click();
  await expect(section.getByRole("status").getByRole("listitem")).toHaveCount(10);
  const recovery = (await section.getByRole("listitem").first().textContent()) ?? "";
  expect((await new AxeBuilder({ page }).include('[role="dialog"]').analyze()).violations).toEqual([]);
  await page.context().clearCookies();
  await signIn(page);
  await expect(page.getByLabel("Code")).toBeFocused();
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/factor-login.png` });
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(composer(page)).toBeVisible();
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await section.getByLabel("Password, to change this").fill(PASSWORD);
  await section.getByRole("button", { name: "Remove the second factor" }).click();
  await expect(section.getByRole("button", { name: "Set up" })).toBeVisible();
});

/** codeOf is what an authenticator shows now (RFC 6238). */
function codeOf(secret: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", key).update(step).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
