import { useTranslation } from "react-i18next";
import type { Measure } from "./sums";

export interface Formats {
  /** A number of dollars or tokens as it is read. */
  amount(value: number, measure: Measure): string;
  /** The same, short enough for an axis. */
  short(value: number, measure: Measure): string;
  count(value: number): string;
  day(day: string): string;
}

/** useFormats writes numbers and days as the person's language does. */
export function useFormats(): Formats {
  const { i18n } = useTranslation();
  return formatsOf(i18n.language);
}

const CENT = 0.01;

export function formatsOf(language: string): Formats {
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options);
  const money = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" } as const;
  const compact = number({ notation: "compact", maximumSignificantDigits: 3 });
  const days = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: "UTC" });
  const cost = (value: number) => {
    // A few tokens cost less than a cent, and are not for nothing.
    const digits = value > 0 && value < CENT ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
    return number({ ...money, ...digits }).format(value);
  };
  const axis = number({ ...money, notation: "compact", minimumFractionDigits: 0, maximumSignificantDigits: 3 });
  return {
    amount: (value, measure) => (measure === "cost" ? cost(value) : compact.format(value)),
    short: (value, measure) => (measure === "cost" ? axis.format(value) : compact.format(value)),
    count: (value) => number({}).format(value),
    day: (day) => days.format(new Date(`${day}T00:00:00Z`)),
  };
}
