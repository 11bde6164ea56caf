import { expect, test } from "@playwright/test";
import { answers, enter, hasNoOverflow, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "demo", env: { SANDBOX_ENABLED: "unsafe" } });
const SHOTS = process.env.E2E_SHOTS;
const banner = "Tools run without a boundary here";

test("without a boundary every page says so", async ({ page }) => {
  await enter(page, server);
  await expect(page.getByText(banner)).toBeVisible();
  await say(page, "count to 2");
  await settled(page);
  await expect(answers(page)).toHaveCount(1);
  await expect(page.getByText(banner)).toBeVisible();
  await page.goto(`${server.url}/admin/boundary`);
  await expect(page.getByText(banner)).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "There is none." })).toBeVisible();
  await page.setViewportSize({ width: 375, height: 740 });
  expect(await hasNoOverflow(page)).toBe(true);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/unsafe-phone.png` });
});
