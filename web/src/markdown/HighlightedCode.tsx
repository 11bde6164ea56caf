import { type CSSProperties, memo, useEffect, useState } from "react";
import { highlight, type Line } from "./highlight";

/** HighlightedCode shows code, first plain and then, once the language is loaded, in colour; the layout is the same. */
export const HighlightedCode = memo(function HighlightedCode({ code, language }: { code: string; language: string }) {
  const [coloured, setColoured] = useState<{ code: string; lines: Line[] }>();
  useEffect(() => {
    let current = true;
    void highlight(code, language)
      .then((lines) => {
        if (current && lines) setColoured({ code, lines });
      })
      .catch(() => undefined); // The plain text is there already.
    return () => {
      current = false;
    };
  }, [code, language]);
  if (coloured?.code !== code) return <code>{code}</code>;
  return (
    <code>
      {coloured.lines.map((line, index) => (
        <LineView key={String(index)} line={line} last={index === coloured.lines.length - 1} />
      ))}
    </code>
  );
});

function LineView({ line, last }: { line: Line; last: boolean }) {
  return (
    <>
      {line.map((token, index) => (
        <span
          key={String(index)}
          className="token"
          style={{ "--token-light": token.light, "--token-dark": token.dark } as CSSProperties}
        >
          {token.text}
        </span>
      ))}
      {!last && "\n"}
    </>
  );
}
