// @vitest-environment jsdom
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, describe, expect, it } from "vitest";
import { startI18n } from "@/i18n";
import { formatsOf } from "@/usage/format";
import {
  COLOURS,
  columnsOf,
  daysOf,
  groupsOf,
  rangeOf,
  seriesOf,
  sumOf,
  ticksOf,
  type UsageRow,
  unpricedOf,
} from "@/usage/sums";
import { UsageView } from "@/usage/UsageView";

beforeAll(() => startI18n());

function row(day: string, model: string, cost: number | null, part: Partial<UsageRow> = {}): UsageRow {
  return {
    userId: "u1",
    username: "ada",
    day,
    model,
    inputTokens: 100,
    outputTokens: 10,
    cacheReadTokens: 1000,
    cacheWriteTokens: 1,
    cost,
    ...part,
  };
}

describe("the days of a range", () => {
  it.each([
    [7, "2026-02-24"],
    [30, "2026-02-01"],
    [90, "2025-12-03"],
  ] as const)("%d days begin on %s", (range, first) => {
    const days = daysOf(range, Date.parse("2026-03-02T23:59:59Z"));
    expect([days.length, days[0], days.at(-1)]).toEqual([range, first, "2026-03-02"]);
    expect(new Set(days).size).toBe(range);
  });

  it.each([
    ["7", 7],
    [90, 90],
    ["8", 30],
    [undefined, 30],
    ["7; drop", 30],
  ])("%s is %d", (value, range) => {
    expect(rangeOf(value)).toBe(range);
  });
});

describe("sums", () => {
  const rows = [
    row("2026-01-02", "opus", 3),
    row("2026-01-02", "haiku", 0.5),
    row("2026-01-04", "opus", 1),
    row("2026-01-04", "mystery", null, { inputTokens: 5_000_000 }),
  ];
  const days = ["2026-01-02", "2026-01-03", "2026-01-04"];

  it("are by day and model, an empty day too", () => {
    const series = seriesOf(rows);
    expect(series.map((s) => s.model)).toEqual(["opus", "haiku", "mystery"]);
    expect(columnsOf(rows, days, series, "cost").map((c) => [c.amounts, c.sum])).toEqual([
      [[3, 0.5, 0], 3.5],
      [[0, 0, 0], 0],
      [[1, 0, 0], 1],
    ]);
    expect(columnsOf(rows, days, series, "tokens").map((c) => c.sum)).toEqual([2222, 0, 5_002_122]);
  });

  it("are told where a price is missing", () => {
    expect(sumOf(rows, "cost")).toBe(4.5);
    expect(unpricedOf(rows)).toEqual(["mystery"]);
  });

  it("put the models that are left over together", () => {
    const many = Array.from({ length: COLOURS + 3 }, (_, i) => row("2026-01-02", `m${i}`, 100 - i));
    const series = seriesOf(many);
    expect(series).toHaveLength(COLOURS);
    expect(series.at(-1)?.model).toBeUndefined();
    const [column] = columnsOf(many, ["2026-01-02"], series, "cost");
    expect(column?.sum).toBe(sumOf(many, "cost"));
    expect(column?.amounts.at(-1)).toBe(95 + 94 + 93 + 92);
  });

  it("keep a colour for each model when there are just enough", () => {
    const many = Array.from({ length: COLOURS }, (_, i) => row("2026-01-02", `m${i}`, 1));
    expect(seriesOf(many).every((s) => s.model !== undefined)).toBe(true);
  });

  it("group by user, the most expensive first", () => {
    const two = [row("2026-01-02", "opus", 1), row("2026-01-02", "opus", 2, { userId: "u2", username: "bo" })];
    expect(groupsOf(two, (r) => r.userId).map((g) => g.key)).toEqual(["u2", "u1"]);
  });
});

it.each([
  [0, [0, 1]],
  [Number.NaN, [0, 1]],
  [1, [0, 0.25, 0.5, 0.75, 1]],
  [0.00021, [0, 0.0001, 0.0002, 0.0003]],
  [9.3, [0, 2.5, 5, 7.5, 10]],
  [84_000, [0, 25_000, 50_000, 75_000, 100_000]],
])("an axis up to %d has %j", (most, ticks) => {
  const found = ticksOf(most);
  expect(found).toHaveLength(ticks.length);
  for (const [i, tick] of ticks.entries()) expect(found[i]).toBeCloseTo(tick, 8);
});

it.each([
  ["en", 12.345, "cost", "$12.35"],
  ["en", 0, "cost", "$0.00"],
  ["en", 0.000123, "cost", "$0.00012"],
  ["en", 84_213, "tokens", "84.2K"],
  ["zh-CN", 84_213, "tokens", "8.42万"],
  ["zh-CN", 12.345, "cost", "$12.35"],
] as const)("in %s, %d of %s is %s", (language, value, measure, text) => {
  expect(formatsOf(language).amount(value, measure)).toBe(text);
});

describe("the page", () => {
  const days = ["2026-01-02", "2026-01-03"];
  const page = (rows: UsageRow[], users = false) =>
    new DOMParser().parseFromString(
      renderToStaticMarkup(<UsageView rows={rows} days={days} users={users} />),
      "text/html",
    );

  it("draws a bar for each model of each day, and says the same in words and in a table", () => {
    const shown = page([row("2026-01-02", "opus", 3), row("2026-01-03", "opus", 1), row("2026-01-03", "haiku", 2)]);
    const [cost] = shown.querySelectorAll('svg[role="img"]');
    expect(cost?.getAttribute("aria-label")).toBe(
      "Cost by day: $6.00 in all, the most on Jan 2 with $3.00. The table below has every figure.",
    );
    const bars = [...(cost?.querySelectorAll("[data-day]") ?? [])].map((d) => d.querySelectorAll("[class*=series]"));
    expect(bars.map((b) => b.length)).toEqual([1, 2]);
    const heights = bars.map((b) => [...b].reduce((sum, bar) => sum + Number(bar.getAttribute("height")), 0));
    expect(heights[0]).toBeCloseTo((heights[1] ?? 0) + 1, 5); // Three dollars each; a gap parts the two models.
    expect(shown.querySelectorAll("tbody tr")).toHaveLength(3);
    expect(shown.body.textContent).toContain("list prices");
    expect(shown.body.innerHTML).not.toContain("style=");
  });

  it("names what has no price", () => {
    const shown = page([row("2026-01-02", "mystery", null)]);
    expect(shown.body.textContent).toContain("No price is known for mystery");
    expect(shown.querySelector("tbody")?.textContent).toContain("—");
  });

  it("lists users only where there are several", () => {
    const rows = [row("2026-01-02", "opus", 1), row("2026-01-02", "opus", 2, { userId: "u2", username: "<b>bo</b>" })];
    expect(page(rows).body.textContent).not.toContain("ada");
    const lists = page(rows, true).querySelectorAll('ul[aria-label="Cost by user"] li');
    expect([...lists].map((li) => li.textContent)).toEqual(["<b>bo</b>$2.00", "ada$1.00"]);
  });

  it("says so when nothing was used", () => {
    expect(page([]).body.textContent).toBe("Nothing was used in these days.");
  });
});
