import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "./format";
import { FILLS } from "./looks";
import { type Column, type Measure, type Series, ticksOf } from "./sums";
import { useWidth } from "./useWidth";

const HEIGHT = 190;
const TOP = 8;
const BOTTOM = 22;
const LEFT = 46;
const WIDEST = 26;
const USUAL_WIDTH = 420;

interface DayBarsProps {
  measure: Measure;
  columns: readonly Column[];
  series: readonly Series[];
  /** The place of the day that the pointer is on. */
  active: number | undefined;
  onActive(index: number | undefined): void;
}

/** DayBars draws a bar for each day, in it the models on top of each other. The table of the page has its figures. */
export function DayBars({ measure, columns, series, active, onActive }: DayBarsProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, USUAL_WIDTH);
  const label = useSummary(measure, columns);
  const ticks = ticksOf(Math.max(0, ...columns.map((c) => c.sum)));
  const top = ticks.at(-1) ?? 1;
  const yOf = (amount: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - amount / top);
  const step = Math.max(1, width - LEFT) / Math.max(1, columns.length);
  return (
    <div ref={box} className="w-full min-w-0">
      <svg width={width} height={HEIGHT} role="img" aria-label={label} className="block touch-pan-y">
        <Ticks ticks={ticks} yOf={yOf} width={width} measure={measure} />
        <Days columns={columns} step={step} />
        <g onPointerLeave={(event) => event.pointerType === "mouse" && onActive(undefined)}>
          {columns.map((column, index) => (
            <g
              key={column.day}
              data-day={column.day}
              onPointerEnter={(event) => event.pointerType === "mouse" && onActive(index)}
              onPointerDown={(event) => event.pointerType !== "mouse" && onActive(index === active ? undefined : index)}
            >
              <rect
                x={LEFT + index * step}
                y={TOP}
                width={step}
                height={HEIGHT - TOP - BOTTOM}
                className={index === active ? "fill-hover" : "fill-transparent"}
              />
              <Stack column={column} series={series} x={LEFT + index * step} step={step} yOf={yOf} />
            </g>
          ))}
        </g>
      </svg>
    </div>
  );
}

/** useSummary says in one sentence what the plot shows. */
function useSummary(measure: Measure, columns: readonly Column[]): string {
  const { t } = useTranslation();
  const { amount, day } = useFormats();
  const sum = columns.reduce((all, c) => all + c.sum, 0);
  const [first] = columns;
  if (!first || sum === 0) return t(`usage.${measure}ByDay`);
  const most = columns.reduce((a, b) => (b.sum > a.sum ? b : a), first);
  return t("usage.summary", {
    what: t(`usage.${measure}ByDay`),
    total: amount(sum, measure),
    day: day(most.day),
    most: amount(most.sum, measure),
  });
}

interface TicksProps {
  ticks: readonly number[];
  yOf(amount: number): number;
  width: number;
  measure: Measure;
}

function Ticks({ ticks, yOf, width, measure }: TicksProps) {
  const { short } = useFormats();
  return (
    <g>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={width} y1={yOf(tick)} y2={yOf(tick)} className="stroke-line" />
          <text x={LEFT - 6} y={yOf(tick) + 4} textAnchor="end" className="fill-soft text-[11px] tabular-nums">
            {short(tick, measure)}
          </text>
        </g>
      ))}
    </g>
  );
}

const ROOM_FOR_DAY = 64;

/** Days names as many days as there is room for, the last one always: below its bar, or up to it where bars are narrow. */
function Days({ columns, step }: { columns: readonly Column[]; step: number }) {
  const { day } = useFormats();
  const every = Math.max(1, Math.ceil(ROOM_FOR_DAY / step));
  const narrow = step < ROOM_FOR_DAY / 2;
  return columns.map((column, index) => {
    if ((columns.length - 1 - index) % every !== 0) return null;
    const x = (narrow ? index + 1 : index + 0.5) * step;
    if (x < ROOM_FOR_DAY / (narrow ? 1 : 2) - LEFT) return null;
    return (
      <text
        key={column.day}
        x={LEFT + x}
        y={HEIGHT - 6}
        textAnchor={narrow ? "end" : "middle"}
        className="fill-soft text-[11px]"
      >
        {day(column.day)}
      </text>
    );
  });
}

interface StackProps {
  column: Column;
  series: readonly Series[];
  x: number;
  step: number;
  yOf(amount: number): number;
}

function Stack({ column, series, x, step, yOf }: StackProps) {
  const width = Math.min(WIDEST, Math.max(1, step * 0.72));
  let below = 0;
  return series.map((s, index) => {
    const amount = column.amounts[index] ?? 0;
    if (amount <= 0) return null;
    const [bottom, top] = [yOf(below), yOf(below + amount)];
    below += amount;
    const height = Math.max(1, bottom - top);
    const gap = index > 0 && height > 3 ? 1 : 0; // Parts are told apart by more than their colour.
    return (
      <rect
        key={s.colour}
        x={x + (step - width) / 2}
        y={bottom - height}
        width={width}
        height={height - gap}
        className={FILLS[s.colour]}
      />
    );
  });
}
