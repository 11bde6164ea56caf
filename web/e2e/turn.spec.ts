import { expect, test } from "@playwright/test";
import { answers, composer, enter, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "demo" });

test("a file is made after a permission, and its diff can be seen", async ({ page }) => {
  await enter(page, server);
  await say(page, "Make a file notes.txt with hello");
  const card = page.getByTestId("permission-card");
  await expect(card).toBeVisible();
  await expect(card).toContainText("notes.txt");
  await expect(card.locator('[data-diff="added"]')).toContainText("hello");
  await expect(page).toHaveTitle(/Permission needed/);
  await card.getByRole("button", { name: "Allow once" }).click();
  await expect(card).toHaveCount(0);
  const call = page.locator('[data-tool="Write"]');
  await expect(call).toHaveAttribute("data-outcome", "done");
  await expect(call).toContainText("+1");
  await call.getByRole("button").first().click();
  await expect(call.locator('[data-diff="added"]')).toContainText("hello");
  await settled(page);
  await expect(answers(page).last()).not.toBeEmpty();
  await page.reload();
  await expect(page.locator('[data-tool="Write"]')).toHaveAttribute("data-outcome", "done");
  await expect(page.locator('[data-message="user"]')).toHaveCount(1);
});

test("a permission can be denied with words, by keyboard", async ({ page }) => {
  await enter(page, server);
  await say(page, "Run touch kept.txt");
  const card = page.getByTestId("permission-card");
  await expect(card.getByTestId("permission-subject")).toContainText("touch kept.txt");
  await expect(card).toBeFocused();
  await card.getByRole("button", { name: "Deny and say what to do instead" }).press("Enter");
  await page.keyboard.type("Do nothing, please.");
  await page.keyboard.press("Enter");
  await expect(card).toHaveCount(0);
  await expect(page.locator('[data-tool="Bash"]')).toHaveAttribute("data-outcome", "denied");
  await settled(page);
  await expect(composer(page)).toBeFocused();
});

test("a command's output is behind its line", async ({ page }) => {
  await enter(page, server);
  await say(page, "Run echo out-$((40+2))");
  await page.getByTestId("permission-card").press("Control+Enter");
  const call = page.locator('[data-tool="Bash"]');
  await expect(call).toHaveAttribute("data-outcome", "done");
  await expect(call).not.toContainText("out-42");
  await call.getByRole("button").first().click();
  await expect(call).toContainText("out-42");
  await settled(page);
});

test("a session is renamed, found, pinned and deleted", async ({ page }) => {
  await enter(page, server);
  await say(page, "Hello");
  await settled(page);
  const header = page.locator("main header");
  await header.getByRole("button", { name: "Session menu" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title of the session").fill("会议 <b>notes</b>");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(header.getByRole("heading")).toHaveText("会议 <b>notes</b>");
  await page.reload();
  await expect(header.getByRole("heading")).toHaveText("会议 <b>notes</b>");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("会议");
  await expect(page.getByRole("option", { name: /会议/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await header.getByRole("button", { name: "Session menu" }).click();
  await page.getByRole("menuitem", { name: "Pin" }).click();
  await expect(page.getByRole("region", { name: "Pinned" })).toContainText("会议");
  await header.getByRole("button", { name: "Session menu" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
  await expect(page.getByText("会议")).toHaveCount(0);
});
