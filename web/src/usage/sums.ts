/** UsageRow is what one account used on a day with a model. */
export interface UsageRow {
  userId: string;
  username: string;
  /** In UTC. */
  day: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** US dollars at list prices; null if the model has no price. */
  cost: number | null;
}

export const RANGES = [7, 30, 90] as const;
export type Range = (typeof RANGES)[number];

/** rangeOf reads a range from an address; anything else is the usual one. */
export function rangeOf(value: unknown): Range {
  return RANGES.find((range) => range === Number(value)) ?? 30;
}

const DAY = 86_400_000;

/** daysOf lists the last days in UTC, today's the last. */
export function daysOf(range: Range, now: number = Date.now()): string[] {
  return Array.from({ length: range }, (_, i) => new Date(now - (range - 1 - i) * DAY).toISOString().slice(0, 10));
}

export type Measure = "cost" | "tokens";

/** amountOf is what a row counts for. A model without a price adds nothing to the costs. */
export function amountOf(row: UsageRow, measure: Measure): number {
  return measure === "cost"
    ? (row.cost ?? 0)
    : row.inputTokens + row.outputTokens + row.cacheReadTokens + row.cacheWriteTokens;
}

export function sumOf(rows: readonly UsageRow[], measure: Measure): number {
  return rows.reduce((sum, row) => sum + amountOf(row, measure), 0);
}

/** unpricedOf lists the models whose costs are not known. */
export function unpricedOf(rows: readonly UsageRow[]): string[] {
  return [...new Set(rows.filter((row) => row.cost === null).map((row) => row.model))].sort();
}

/** The colours that there are for models; what is left over shares the last. */
export const COLOURS = 6;

/** Series is the models that share a colour: one, or all that are left over. */
export interface Series {
  /** The model; undefined for those that are left over. */
  model: string | undefined;
  colour: number;
  has(row: UsageRow): boolean;
}

/** seriesOf gives each model its colour, the most used first, so that it has the same one in every plot. */
export function seriesOf(rows: readonly UsageRow[]): Series[] {
  const models = groupsOf(rows, (row) => row.model).map((group) => group.key);
  const own = models.length > COLOURS ? models.slice(0, COLOURS - 1) : models;
  const series: Series[] = own.map((model, colour) => ({ model, colour, has: (row) => row.model === model }));
  if (own.length < models.length) {
    series.push({ model: undefined, colour: COLOURS - 1, has: (row) => !own.includes(row.model) });
  }
  return series;
}

/** Column is a day of a plot: what each series has there, from the bottom up. */
export interface Column {
  day: string;
  amounts: number[];
  sum: number;
}

/** columnsOf sums up by day and series; a day of which nothing is known is empty. */
export function columnsOf(
  rows: readonly UsageRow[],
  days: readonly string[],
  series: readonly Series[],
  measure: Measure,
): Column[] {
  return days.map((day) => {
    const ofDay = rows.filter((row) => row.day === day);
    const amounts = series.map((s) => sumOf(ofDay.filter(s.has), measure));
    return { day, amounts, sum: amounts.reduce((a, b) => a + b, 0) };
  });
}

export interface Group {
  key: string;
  rows: UsageRow[];
}

/** groupsOf puts rows together by a key, the most expensive first, then those with the most tokens. */
export function groupsOf(rows: readonly UsageRow[], keyOf: (row: UsageRow) => string): Group[] {
  const groups = new Map<string, UsageRow[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups]
    .map(([key, of]) => ({ key, rows: of, cost: sumOf(of, "cost"), tokens: sumOf(of, "tokens") }))
    .sort((a, b) => b.cost - a.cost || b.tokens - a.tokens || a.key.localeCompare(b.key))
    .map(({ key, rows: of }) => ({ key, rows: of }));
}

/** ticksOf gives round numbers for an axis from zero to a number: three to six of them, the last not below it. */
export function ticksOf(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((n) => n * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => i * step);
}
