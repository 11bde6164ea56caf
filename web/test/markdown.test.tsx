// @vitest-environment jsdom
import i18next from "i18next";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeAll, describe, expect, it } from "vitest";
import { safeHref } from "@/markdown/link";
import { Markdown } from "@/markdown/Markdown";
import { NOTHING, parseStreaming, parseWhole } from "@/markdown/parse";

beforeAll(async () => {
  const { initReactI18next } = await import("react-i18next");
  await i18next.use(initReactI18next).init({ lng: "en", resources: {} });
});

function html(text: string, streaming = false): string {
  return renderToStaticMarkup(<Markdown text={text} streaming={streaming} />);
}

describe("links", () => {
  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "blob:http://x/y",
    "/api/auth/logout",
    "//evil.example",
    "#x",
    "",
  ])("does not make %j live", (url) => {
    expect(safeHref(url)).toBeUndefined();
  });

  it.each(["https://example.com/a?b=c", "http://example.com/", "mailto:a@example.com"])("makes %s live", (url) => {
    expect(safeHref(url)).toBe(url);
  });

  it("opens elsewhere, and tells the other side nothing", () => {
    expect(html("[x](https://example.com)")).toContain(
      '<a href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow"',
    );
  });
});

describe("hostile text", () => {
  const attacks = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <b onmouseover=alert(1)>b</b>",
    "<iframe src='https://evil.example'></iframe>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "![x](https://evil.example/p.png)",
    "![x][r]\n\n[r]: https://evil.example/p.png",
    "<https://ok.example> <javascript:alert(1)>",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input></form>",
    "```html\n<script>alert(1)</script>\n```",
    "| a |\n|--|\n| <img src=x> |",
    "- [x] <script>x</script>",
    "[![x](https://evil.example/a.png)](javascript:alert(1))",
    "[^1]\n\n[^1]: <script>x</script>",
  ];

  it.each(attacks)("stays inert: %s", (attack) => {
    for (const streaming of [false, true]) {
      const page = document.createElement("template");
      page.innerHTML = html(attack, streaming);
      for (const element of page.content.querySelectorAll("*")) {
        expect(element.localName).not.toMatch(/^(script|img|iframe|style|form|input|b|object|embed)$/);
        if (element.localName === "svg") expect(element.classList).toContain("lucide"); // The page's own icons.
        for (const { name, value } of element.attributes) {
          expect(name).not.toMatch(/^(src|srcset|on\w+|srcdoc|formaction)$/);
          if (name === "href") expect(value).toMatch(/^(https?|mailto):/);
        }
      }
    }
  });

  it("shows an image as a link", () => {
    expect(html("![cat](https://example.com/c.png)")).toMatch(/<a href="https:\/\/example.com\/c.png"[^>]*>🖼 cat<\/a>/);
  });
});

describe("streaming", () => {
  const text = [
    "# Title",
    "Some **bold** text with `code` and a [link](https://example.com).",
    "```ts\nconst a = 1;\n\nconst b = 2;\n```",
    "- one\n- two\n\n  more\n- three",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "> quote\n> more",
    "1. x\n2. y",
    "The end.",
  ].join("\n\n");

  it("ends with what parsing it whole gives, whatever the pieces", () => {
    for (const step of [1, 2, 3, 7, 40]) {
      let parsed = NOTHING;
      for (let i = step; i < text.length + step; i += step) parsed = parseStreaming(text.slice(0, i), parsed);
      const whole = parseWhole(text, NOTHING);
      expect(parsed.blocks.map((b) => [b.key, b.source, b.node.type])).toEqual(
        whole.blocks.map((b) => [b.key, b.source, b.node.type]),
      );
    }
  });

  it("keeps finished blocks as they are, so that nothing before the end is drawn again", () => {
    const first = parseStreaming("One.\n\nTwo.\n\nThree.\n\nFou", NOTHING);
    const second = parseStreaming("One.\n\nTwo.\n\nThree.\n\nFour.", first);
    expect(second.blocks.slice(0, 3)).toEqual(first.blocks.slice(0, 3));
    second.blocks.slice(0, 3).forEach((block, i) => {
      expect(block).toBe(first.blocks[i]);
    });
  });

  it("closes what is open at the end", () => {
    expect(html("some **bo", true)).toContain("<strong>bo</strong>");
    expect(html("some `co", true)).toContain("co</code>");
    expect(html("see [the docs](https://exam", true)).not.toContain("<a ");
  });
});
