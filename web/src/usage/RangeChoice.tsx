import clsx from "clsx";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { RANGES, type Range } from "./sums";

/** RangeChoice chooses how many days are shown. */
export function RangeChoice({ value, onChange }: { value: Range; onChange(range: Range): void }) {
  const { t } = useTranslation();
  const name = useId();
  return (
    <fieldset className="inline-flex rounded-lg border bg-raised p-0.5">
      <legend className="sr-only">{t("usage.range")}</legend>
      {RANGES.map((range) => (
        <label
          key={range}
          className={clsx(
            "inline-flex min-h-8 cursor-pointer items-center rounded-md px-3 text-sm has-focus-visible:outline-2 has-focus-visible:outline-accent",
            range === value ? "bg-accent text-accent-ink" : "text-soft hover:text-ink",
          )}
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={range === value}
            onChange={() => onChange(range)}
          />
          {t("usage.days", { count: range })}
        </label>
      ))}
    </fieldset>
  );
}
