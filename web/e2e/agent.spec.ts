import { expect, type Locator, type Page, test } from "@playwright/test";
import { clean, shoot } from "./looks";
import { answers, composer, enter, hasNoOverflow, say, settled } from "./person";
import { serve } from "./server";

const server = serve({ model: "echo" });

function call(name: string, input: unknown): string {
  return `tool: ${name} ${JSON.stringify(input)}`;
}

function question(several: boolean, ...more: object[]): string {
  const first = {
    question: "Which colour shall the page have?",
    header: "Colour",
    multiSelect: several,
    options: [
      { label: "Red", description: "It stands out" },
      { label: "Blue", description: "It is calm" },
      { label: "Green", description: "It is fresh" },
    ],
  };
  return call("AskUserQuestion", { questions: [first, ...more] });
}

const PLAN = "# The plan\n\n1. Read **everything**\n2. Change `one.go`\n\n- [ ] Check it";

const menu = (page: Page): Locator => page.getByTestId("slash-menu");
const sent = (page: Page): Locator => page.locator('[data-message="user"]');

async function begin(page: Page) {
  await enter(page, server);
  await say(page, "say: Hello");
  await settled(page);
}

test("a slash opens the commands, by key and by mouse, and one is answered here", async ({ page }) => {
  await begin(page);
  const field = composer(page);
  await field.pressSequentially("/");
  await expect(menu(page).getByRole("option")).toHaveCount(10);
  await clean(page);
  await field.pressSequentially("co");
  await expect(menu(page).getByRole("option")).toHaveText([/compact.*what to keep/, /context/, /cost/]);
  await field.press("ArrowDown");
  const active = menu(page).getByRole("option", { selected: true });
  await expect(active).toContainText("/context");
  await expect(field).toHaveAttribute("aria-activedescendant", (await active.getAttribute("id")) ?? "");
  await field.press("Escape");
  await expect(menu(page)).toHaveCount(0);
  await field.fill("");
  await field.pressSequentially("/comp");
  await menu(page).getByRole("option").click();
  await expect(field).toHaveValue("/compact ");
  await expect(field).toBeFocused();
  await expect(page.getByText("/compact [what to keep]")).toBeVisible();
  await field.fill("/cont");
  await field.press("Enter");
  await expect(field).toHaveValue("/context ");
  await field.press("Enter");
  await settled(page);
  await expect(answers(page).last().getByRole("table")).toContainText("System prompt");
  await expect(answers(page).last()).toContainText("84000 of");
  await expect(page.getByText("42% · 84k/200k")).toBeVisible();
  await clean(page);
});

test("a new session has the commands of its project, once they are known", async ({ page }) => {
  await enter(page, server);
  const made = await page.request.post(`${server.url}/api/projects`, {
    data: { name: "site" },
    headers: { Origin: server.url },
  });
  expect(made.status()).toBe(201);
  await page.reload();
  await composer(page).pressSequentially("/");
  await expect(menu(page)).toHaveCount(0); // Nothing is known yet.
  await composer(page).fill("");
  await say(page, "say: Hello");
  await settled(page);
  await page.getByRole("link", { name: "New session" }).click();
  await composer(page).pressSequentially("/co");
  await expect(menu(page).getByRole("option")).toHaveCount(3);
  await clean(page);
  await shoot(page, "home-commands");
  await page.reload();
  await composer(page).fill("");
  await composer(page).pressSequentially("/cont");
  await menu(page).getByRole("option").click();
  await expect(composer(page)).toHaveValue("/context ");
  await page.getByRole("button", { name: /^Project/ }).click();
  await clean(page);
  await page.getByRole("menuitem", { name: "site" }).click();
  await composer(page).fill("");
  await composer(page).pressSequentially("/");
  await expect(menu(page)).toHaveCount(0);
  await page.getByRole("button", { name: /^Project/ }).click();
  await page.getByRole("menuitem", { name: "Workspace" }).click();
  await composer(page).fill("/context ");
  await composer(page).press("Enter");
  await settled(page);
  await expect(answers(page).last().getByRole("table")).toContainText("System prompt");
});

test("the effort is chosen beside the model, and kept", async ({ page }) => {
  await begin(page);
  await page.getByRole("button", { name: "Effort: Auto" }).click();
  await expect(page.getByRole("menuitem")).toHaveText(["Auto", "Low", "Medium", "High", "Very high", "Maximum"]);
  await clean(page);
  await page.getByRole("menuitem", { name: "Very high" }).click();
  await expect(page.getByRole("button", { name: "Effort: Very high" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("button", { name: "Effort: Very high" })).toBeVisible();
});

test("questions are answered, one by choice and one in words", async ({ page }) => {
  await begin(page);
  const other = { question: "What shall it be called?", header: "Name", multiSelect: false };
  const options = [
    { label: "One", description: "First" },
    { label: "Two", description: "Second" },
  ];
  await say(page, question(true, { ...other, options }));
  const card = page.getByTestId("question-card");
  await expect(card).toBeFocused();
  await expect(card).toContainText("Colour");
  await expect(page.getByTestId("status-line")).toContainText("Waits for your answer");
  await expect(page).toHaveTitle(/^● Question · /);
  const busy = page.getByRole("region", { name: "In progress" });
  await expect(busy.getByRole("img", { name: "Question" })).toBeVisible();
  await clean(page);
  await expect(card.getByRole("button", { name: "Answer", exact: true })).toBeDisabled();
  await card.getByRole("checkbox", { name: "Blue" }).press("Space");
  await card.getByRole("checkbox", { name: "Red" }).check();
  await card.getByRole("button", { name: "Answer", exact: true }).click();
  await expect(card).toContainText("What shall it be called?");
  await card.getByRole("radio", { name: "One" }).check();
  await card.getByText("Something else").click();
  await expect(card.getByRole("radio", { name: "One" })).not.toBeChecked();
  await expect(card.getByLabel("Your answer")).toBeFocused();
  await clean(page);
  await page.keyboard.type("Three");
  await page.keyboard.press("Enter");
  await expect(card).toHaveCount(0);
  await expect(composer(page)).toBeFocused();
  await settled(page);
  const row = page.locator('[data-tool="AskUserQuestion"]');
  await expect(row).toHaveAttribute("data-outcome", "done");
  await row.getByRole("button").first().click();
  await expect(row.locator("dd")).toHaveText(["Red, Blue", "Three"]);
});

test("a plan is sent back with words, then approved", async ({ page }) => {
  await begin(page);
  await page.getByRole("button", { name: "Ask first" }).click();
  await page.getByRole("menuitem", { name: "Plan only" }).click();
  await expect(page.getByRole("button", { name: "Plan only" })).toBeVisible();
  await say(page, call("ExitPlanMode", { plan: PLAN }));
  const card = page.getByTestId("plan-card");
  await expect(card.getByRole("heading", { name: "The plan" })).toBeVisible();
  await expect(card.locator("strong")).toHaveText("everything");
  await expect(page).toHaveTitle(/^● Plan to review · /);
  await expect(page.getByTestId("status-line")).toContainText("Waits for your review");
  await expect(page.locator('[data-tool="ExitPlanMode"]')).toContainText("Waits for your review");
  await expect(page.getByRole("img", { name: "Plan to review" })).toBeVisible();
  await clean(page);
  await card.getByRole("button", { name: "Go on planning" }).click();
  await page.keyboard.type("Leave one.go alone.");
  await page.keyboard.press("Enter");
  await settled(page);
  await expect(page.locator('[data-tool="ExitPlanMode"]')).toContainText("Not approved");
  await expect(page.getByRole("button", { name: "Plan only" })).toBeVisible();
  await say(page, call("ExitPlanMode", { plan: PLAN }));
  await card.getByRole("button", { name: "Approve, and accept edits" }).click();
  await settled(page);
  await expect(page.locator('[data-tool="ExitPlanMode"]').last()).toContainText("Approved");
  await expect(page.getByRole("button", { name: "Accept edits" })).toBeVisible();
});

test("a message that waits goes into the running turn", async ({ page }) => {
  await begin(page);
  await say(page, "bash: echo one");
  await expect(page.getByTestId("permission-card")).toBeVisible();
  await say(page, "say: by the way");
  await expect(page.getByText("Sends when this finishes")).toBeVisible();
  await page.getByRole("button", { name: /Send now/ }).click();
  await expect(page.getByText("Goes in at the next step")).toBeVisible();
  await clean(page);
  await page.getByRole("button", { name: "Allow once" }).click();
  await settled(page);
  await expect(page.locator("[data-queued]")).toHaveCount(0);
  await expect(sent(page)).toHaveText([/Hello/, /echo one/, /by the way/]);
  await expect(answers(page)).toHaveCount(2); // The greeting, and one answer for both messages.
  await page.reload();
  await expect(sent(page)).toHaveCount(3);
});

test("the conversation goes back to before a message, in every tab", async ({ page, context }) => {
  await begin(page);
  await say(page, "say: second");
  await settled(page);
  const tab = await context.newPage();
  await tab.goto(page.url());
  await expect(answers(tab)).toHaveCount(2);
  await composer(page).fill("half a thought");
  await sent(page).last().hover();
  await sent(page).last().getByRole("button", { name: "Back to here" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("stays in the file");
  await clean(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(answers(page)).toHaveCount(2);
  await sent(page).last().getByRole("button", { name: "Back to here" }).press("Enter");
  await dialog.getByRole("button", { name: "Go back" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(composer(page)).toBeFocused();
  await expect(composer(page)).toHaveValue("say: second\n\nhalf a thought");
  for (const each of [page, tab]) {
    await expect(answers(each)).toHaveText([/Hello/]);
    await expect(sent(each)).toHaveCount(1);
  }
  await say(page, "say: third");
  for (const each of [page, tab]) await expect(answers(each)).toHaveText([/Hello/, /third/]);
  await settled(page);
  await page.reload();
  await expect(answers(page)).toHaveText([/Hello/, /third/]);
  await sent(page).first().getByRole("button", { name: "Back to here" }).press("Enter");
  await dialog.getByRole("button", { name: "Go back" }).click();
  for (const each of [page, tab]) await expect(sent(each)).toHaveCount(0);
  await say(page, "say: afresh");
  for (const each of [page, tab]) await expect(answers(each)).toHaveText([/afresh/]);
});

/** PICTURE is a red square. */
const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mP4z8BAEmIY1TCqYfhqAACQ+f8B8u7oVwAAAABJRU5ErkJggg==";

test("what was attached comes back with a message, by going back and from the queue", async ({ page }) => {
  await begin(page);
  const attach = (name: string) =>
    page
      .locator('input[type="file"]')
      .setInputFiles({ name, mimeType: "image/png", buffer: Buffer.from(PICTURE, "base64") });
  const attached = page.getByRole("img", { name: /^Image \d$/ });
  await attach("one.png");
  await expect(attached).toHaveCount(1);
  await say(page, "say: seen");
  await settled(page);
  await expect(attached).toHaveCount(0);
  await page.reload();
  await expect(answers(page)).toHaveText([/Hello/, /seen/]);
  await attach("two.png");
  await composer(page).fill("half a thought");
  await sent(page).last().getByRole("button", { name: "Back to here" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
  await expect(composer(page)).toHaveValue("say: seen\n\nhalf a thought");
  await expect(attached).toHaveCount(2);
  await expect(sent(page)).toHaveCount(1);
  await shoot(page, "back-with-image");
  await page.getByRole("link", { name: "New session" }).click();
  await expect(composer(page)).toHaveValue("");
  await expect(attached).toHaveCount(0);
  await page.goBack();
  await expect(attached).toHaveCount(2);
  await say(page, "say: again");
  await settled(page);
  await expect(sent(page).last().getByRole("img")).toHaveCount(2);

  await say(page, "bash: echo one");
  await expect(page.getByTestId("permission-card")).toBeVisible();
  await attach("three.png");
  await say(page, "say: later");
  await page.getByRole("button", { name: "Edit the waiting message" }).click();
  await expect(composer(page)).toHaveValue("say: later");
  await expect(attached).toHaveCount(1);
});

test("a subagent is a line, with its task and its report behind it", async ({ page }) => {
  await begin(page);
  const task = {
    description: "Look around",
    prompt: "say: # Report\n\nAll is **well**.",
    subagent_type: "general-purpose",
  };
  await say(page, call("Agent", task));
  await settled(page);
  const row = page.locator('[data-tool="Agent"]');
  await expect(row).toHaveAttribute("data-outcome", "done");
  await expect(row).toContainText("Look around");
  await row.getByRole("button").first().click();
  await expect(row.locator("strong")).toHaveText("well");
  await row.getByRole("button", { name: "Conversation" }).click();
  await expect(row.locator('[data-message="task"]')).toContainText("say: # Report");
  await expect(row.locator("strong")).toHaveCount(3); // In the task, in its answer, in the report.
  await clean(page);
});

const NESTED = {
  description: "Look outside",
  subagent_type: "general-purpose",
  prompt: call("Agent", { description: "Look inside", subagent_type: "general-purpose", prompt: "bash: echo deep" }),
};

test("a subagent at work shows its steps, and its own conversation then and later, nested too", async ({ page }) => {
  await begin(page);
  await say(page, call("Agent", NESTED));
  const outer = page.locator('[data-tool="Agent"]').first();
  const inner = outer.locator('[data-tool="Agent"]');
  const command = inner.locator('[data-tool="Bash"]');
  await expect(page.getByTestId("permission-card")).toContainText("echo deep");
  await expect(outer).toHaveAttribute("data-outcome", "running");
  await expect(outer.getByTestId("agent-steps")).toContainText("Agent: Look inside");
  await outer.getByRole("button").first().click();
  await expect(outer.locator('[data-message="task"]')).toContainText("tool: Agent");
  await expect(inner.getByTestId("agent-steps")).toContainText("Bash: echo deep");
  await inner.getByRole("button").first().click();
  await expect(command).toContainText("Waits for your permission");
  await clean(page);
  await shoot(page, "subagent-running");
  await page.reload();
  await expect(page.getByTestId("permission-card")).toContainText("echo deep");
  await expect(outer).toHaveAttribute("data-outcome", "running");
  await outer.getByRole("button").first().click();
  await inner.getByRole("button").first().click();
  await expect(command).toContainText("Waits for your permission");
  await page.getByRole("button", { name: "Allow once" }).click();
  await settled(page);
  await expect(command).toHaveAttribute("data-outcome", "done");
  await expect(inner.locator('[data-message="agent"]')).toContainText("The command has ended.");
  await page.reload();
  await expect(outer).toHaveAttribute("data-outcome", "done");
  await outer.getByRole("button").first().click();
  await expect(outer.getByRole("group", { name: "Report" })).toContainText("The command has ended.");
  await expect(inner).toHaveCount(0);
  await outer.getByRole("button", { name: "Conversation" }).click();
  await inner.getByRole("button").first().click();
  await inner.getByRole("button", { name: "Conversation" }).click();
  await command.getByRole("button").first().click();
  await expect(command).toContainText("deep");
  await clean(page);
  await shoot(page, "subagent-done");
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await hasNoOverflow(page)).toBe(true);
  await shoot(page, "subagent-phone");
});

test("a subagent is read by its owner alone", async ({ page, browser }) => {
  await begin(page);
  await say(page, call("Agent", { ...NESTED, prompt: "say: nothing" }));
  await settled(page);
  const id = page.url().split("/").at(-1) ?? "";
  await page.locator('[data-tool="Agent"]').getByRole("button").first().click();
  const read = page.waitForResponse(/subagents/);
  await page.getByRole("button", { name: "Conversation" }).click();
  const url = (await read).url();
  const other = await (await browser.newContext()).newPage();
  await enter(other, server);
  expect((await other.request.get(url)).status()).toBe(404);
  for (const agent of ["..%2f..%2fx", "%00", "nobody"]) {
    const path = `${server.url}/api/sessions/${id}/subagents/${agent}/messages`;
    expect((await page.request.get(path)).status()).toBe(404);
  }
});

for (const theme of ["light", "dark"] as const) {
  test.describe(`in Chinese on a phone (${theme})`, () => {
    test.use({ locale: "zh-CN", viewport: { width: 390, height: 844 }, colorScheme: theme });

    test("the cards and the menu fit", async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await begin(page);
      const look = async (name: string) => {
        await clean(page);
        expect(await hasNoOverflow(page)).toBe(true);
        await shoot(page, `agent-${name}-${theme}`);
      };
      await composer(page).pressSequentially("/");
      await expect(menu(page)).toBeVisible();
      await look("menu");
      await composer(page).fill("");
      await say(page, question(false));
      const card = page.getByTestId("question-card");
      await expect(page).toHaveTitle(/^● 提问 · /);
      await card.getByText("其他").click();
      await card.getByLabel("你的回答").fill("青色");
      await look("question");
      await card.getByRole("button", { name: "回答", exact: true }).click();
      await settled(page);
      await page.getByRole("button", { name: "先询问" }).click();
      await page.getByRole("menuitem", { name: "只做计划" }).click();
      await say(page, call("ExitPlanMode", { plan: `${PLAN}\n\n${"很长的一段说明。".repeat(40)}` }));
      const plan = page.getByTestId("plan-card");
      await expect(plan.getByRole("button", { name: "批准，每次改动前询问" })).toBeVisible();
      await expect(page).toHaveTitle(/^● 计划待审阅 · /);
      await look("plan");
      await plan.getByRole("button", { name: "批准，每次改动前询问" }).click();
      await settled(page);
      await page.locator('[data-tool="AskUserQuestion"]').getByRole("button").first().click();
      await page.getByRole("button", { name: "思考强度：自动" }).click();
      await look("effort");
      await page.getByRole("menuitem", { name: "很高" }).click();
      await look("rows");
      await say(page, call("Agent", NESTED));
      const agent = page.locator('[data-tool="Agent"]');
      await expect(page.getByTestId("permission-card")).toBeVisible();
      await agent.first().getByRole("button").first().click();
      await expect(agent.nth(1).getByTestId("agent-steps")).toBeVisible();
      await look("subagent-running");
      await page.getByRole("button", { name: "允许一次" }).click();
      await settled(page);
      await agent.nth(1).getByRole("button").first().click();
      await agent.nth(1).getByRole("button", { name: "对话" }).click();
      await expect(agent.nth(1).locator('[data-tool="Bash"]')).toHaveAttribute("data-outcome", "done");
      await look("subagent");
    });
  });
}
