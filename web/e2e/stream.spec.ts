import { expect, test } from "@playwright/test";
import { answers, composer, enter, say, settled, written } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });

test("the answer streams, and a reload in mid-turn loses nothing and doubles nothing", async ({ page }) => {
  await enter(page, server);
  await say(page, "count: 300");
  await expect(answers(page)).toContainText("word5 ");
  const early = (await written(page)).length;
  await expect.poll(async () => (await written(page)).length).toBeGreaterThan(early);
  await page.reload();
  await expect(answers(page)).toContainText("word5 ");
  await expect(page.getByTestId("status-line")).toBeVisible();
  await settled(page);
  const words = (await written(page)).trim().split(/\s+/);
  expect(words).toEqual(Array.from({ length: 300 }, (_, i) => `word${i + 1}`));
});

test("a dropped connection is resumed without a gap", async ({ page, context }) => {
  await enter(page, server);
  await say(page, "count: 120");
  await expect(answers(page)).toContainText("word10 ");
  await context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await page.waitForTimeout(1000);
  await context.setOffline(false);
  await settled(page);
  const words = (await written(page)).trim().split(/\s+/);
  expect(words).toEqual(Array.from({ length: 120 }, (_, i) => `word${i + 1}`));
});

test("a turn is stopped, by button and by key, and what came so far stays", async ({ page }) => {
  await enter(page, server);
  await say(page, "count: 2000");
  await expect(answers(page)).toContainText("word5 ");
  await page.getByTestId("status-line").getByRole("button", { name: /Stop/ }).click();
  await settled(page);
  await expect(page.getByText("Interrupted")).toBeVisible();
  await expect(answers(page)).toContainText("word5 ");
  await say(page, "count: 2000");
  await expect(answers(page).last()).toContainText("word5 ");
  await page.keyboard.press("Escape");
  await settled(page);
  await page.reload();
  await expect(page.getByText("Interrupted")).toHaveCount(2);
});

test("a message waits for the turn before it, and can be taken back", async ({ page }) => {
  await enter(page, server);
  await say(page, "count: 600");
  await expect(answers(page)).toContainText("word3 ");
  await say(page, "say: second");
  await say(page, "say: third");
  await expect(page.getByText("Sends when this finishes")).toHaveCount(2);
  await page.getByRole("button", { name: "Remove the waiting message" }).last().click();
  await expect(page.getByText("Sends when this finishes")).toHaveCount(1);
  await expect(answers(page)).toHaveCount(2, { timeout: 60_000 });
  await expect(answers(page).last()).toContainText("second");
  await settled(page);
  await expect(page.getByText("say: third")).toHaveCount(0);
});

test("a killed gateway loses neither the answer so far nor what waits, and one click goes on", async ({ page }) => {
  await enter(page, server);
  await say(page, "count: 2000");
  await expect(answers(page)).toContainText("word5 ");
  await say(page, "say: second");
  await expect(page.getByText("Sends when this finishes")).toHaveCount(1);
  await server.killGateway();
  await expect(page.getByText("The turn was interrupted.")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("The answer broke off here.")).toBeVisible();
  await expect(answers(page).first()).toContainText("word5 ");
  await expect(page.getByText("say: second")).toBeVisible();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(answers(page)).toHaveCount(3, { timeout: 30_000 });
  await expect(answers(page).last()).toContainText("second");
  await settled(page);
  await expect(page.getByText("The turn was interrupted.")).toHaveCount(0);
  await page.reload();
  await expect(answers(page)).toHaveCount(3);
});

test("two tabs see the same, and one permission is answered once", async ({ page, context }) => {
  await enter(page, server);
  await say(page, "bash: echo both");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(page.getByTestId("permission-card")).toBeVisible();
  await expect(other.getByTestId("permission-card")).toBeVisible();
  await other.getByRole("button", { name: "Allow once" }).click();
  await expect(page.getByTestId("permission-card")).toHaveCount(0);
  for (const tab of [page, other]) await expect(answers(tab)).toContainText("The command has ended.");
});

test("a restart of the gateway is survived", async ({ page }) => {
  await enter(page, server);
  await say(page, "say: before");
  await expect(answers(page)).toContainText("before");
  await settled(page);
  await server.restartGateway();
  await composer(page).fill("say: after");
  await page.keyboard.press("Enter");
  await expect(answers(page)).toHaveCount(2, { timeout: 30_000 });
  await expect(answers(page).last()).toContainText("after");
});

test("drafts are kept for each session", async ({ page }) => {
  await enter(page, server);
  await say(page, "say: one");
  await settled(page);
  await composer(page).fill("half a thought");
  await page.getByRole("link", { name: "New session" }).click();
  await expect(composer(page)).toHaveValue("");
  await page.goBack();
  await expect(composer(page)).toHaveValue("half a thought");
  await page.reload();
  await expect(composer(page)).toHaveValue("half a thought");
});
