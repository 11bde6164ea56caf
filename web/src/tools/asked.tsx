import { MessageCircleQuestion } from "lucide-react";
import { useTranslation } from "react-i18next";
import { VisibleText } from "@/ui/VisibleText";
import { Ask } from "./generic";
import { Note, Output, Subject, Verb } from "./parts";
import { field, record, textOf } from "./read";
import type { ToolProps, ToolView } from "./types";

interface Asked {
  question: string;
  answer: string | undefined;
}

/** askedOf lists the questions of a call with the answers that were given. */
export function askedOf(tool: Pick<ToolProps["tool"], "input" | "output">): Asked[] {
  const questions = record(tool.input)?.questions;
  const answers = record(tool.output)?.answers;
  if (!Array.isArray(questions)) return [];
  return questions.flatMap((asked: unknown) => {
    const question = field(asked, "question");
    return question === undefined ? [] : [{ question, answer: field(answers, question) }];
  });
}

function Line({ tool }: ToolProps) {
  const { t } = useTranslation();
  const asked = askedOf(tool);
  const answers = asked.flatMap((a) => a.answer ?? []);
  return (
    <>
      <Verb>{t("tool.asked")}</Verb>
      <Subject text={asked[0]?.question ?? tool.title} code={false} />
      {answers.length > 0 && <Note>{answers.join(" · ").slice(0, SHORT)}</Note>}
    </>
  );
}

const SHORT = 40;

function Body({ tool }: ToolProps) {
  const { t } = useTranslation();
  const ended = tool.status === "completed" || tool.status === "failed";
  return (
    <dl className="space-y-2 border-s ps-3 text-sm">
      {askedOf(tool).map(({ question, answer }) => (
        <div key={question}>
          <dt className="break-words text-soft">
            <VisibleText text={question} />
          </dt>
          {ended && (
            <dd className="font-medium break-words whitespace-pre-wrap">
              {answer === undefined ? t("tool.noAnswer") : <VisibleText text={answer} />}
            </dd>
          )}
        </div>
      ))}
      {askedOf(tool).length === 0 && <Output text={textOf(tool)} id={tool.id} />}
    </dl>
  );
}

export const asked: ToolView = { icon: MessageCircleQuestion, Line, Body, Ask, question: "title" };
