import { MessageCircleQuestion } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Question, replyTo } from "@/session/question";
import { Button } from "@/ui/Button";
import { VisibleText } from "@/ui/VisibleText";
import { AskCard } from "./AskCard";
import type { Answer } from "./PermissionCard";
import { WordsField } from "./Words";

interface QuestionCardProps {
  id: string;
  question: Question;
  more: number;
  onAnswer: Answer;
}

/** QuestionCard asks what the model wants to know, with answers to choose from and room for another. */
export function QuestionCard({ id, question, more, onAnswer }: QuestionCardProps) {
  const { t } = useTranslation();
  const text = useId();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [words, setWords] = useState("");
  const byPointer = useRef(false); // Who goes through the answers by key is not taken away from them.
  const { header, several, choices, other } = question;
  const reply = replyTo(question, chosen, words);
  const choose = (choice: string, on: boolean) => {
    const next = new Set(several ? chosen : []);
    if (on) next.add(choice);
    else next.delete(choice);
    setChosen(next);
  };
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (reply) onAnswer(reply.optionId, reply.words, reply.more);
  };
  const all = other === undefined ? choices : [...choices, { id: other, label: t("question.other"), description: "" }];
  return (
    <AskCard
      id={id}
      testId="question-card"
      icon={MessageCircleQuestion}
      title={t("question.title")}
      chip={header}
      more={more}
      onConfirm={reply && submit}
    >
      <form onSubmit={submit} className="space-y-2.5">
        <p id={text} className="font-medium break-words whitespace-pre-wrap">
          <VisibleText text={question.text} />
        </p>
        <fieldset
          aria-labelledby={text}
          className="space-y-1.5"
          onPointerDown={() => {
            byPointer.current = true;
          }}
          onKeyDown={() => {
            byPointer.current = false;
          }}
        >
          {all.map((choice) => (
            <Choice
              key={choice.id}
              name={text}
              several={several}
              label={choice.label}
              description={choice.description}
              checked={chosen.has(choice.id)}
              onChange={(on) => choose(choice.id, on)}
            />
          ))}
        </fieldset>
        {several && <p className="text-xs text-soft">{t("question.several")}</p>}
        {other !== undefined && chosen.has(other) && (
          <WordsField
            label={t("question.words")}
            autoFocus={byPointer.current}
            value={words}
            onChange={setWords}
            onEnter={submit}
            onEscape={() => choose(other, false)}
          />
        )}
        <div className="flex flex-wrap gap-2">
          <Button type="submit" look="primary" disabled={!reply}>
            {t("question.send")}
          </Button>
          {other !== undefined && (
            <Button look="plain" onClick={() => onAnswer(other)}>
              {t("question.skip")}
            </Button>
          )}
        </div>
      </form>
    </AskCard>
  );
}

interface ChoiceProps {
  /** What the radio buttons of one question have in common. */
  name: string;
  several: boolean;
  label: string;
  description: string | undefined;
  checked: boolean;
  onChange(on: boolean): void;
}

function Choice({ name, several, label, description, checked, onChange }: ChoiceProps) {
  const hint = useId();
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-lg border bg-raised px-3 py-2 text-sm hover:bg-hover has-checked:border-accent has-checked:bg-accent-wash">
      <input
        type={several ? "checkbox" : "radio"}
        name={name}
        className="mt-1 shrink-0 accent-accent"
        checked={checked}
        aria-describedby={description ? hint : undefined}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className="min-w-0 flex-1 break-words">
        <span className="font-medium">
          <VisibleText text={label} />
        </span>
        {description && (
          <span id={hint} className="block text-xs text-soft" aria-hidden="true">
            <VisibleText text={description} />
          </span>
        )}
      </span>
    </label>
  );
}
