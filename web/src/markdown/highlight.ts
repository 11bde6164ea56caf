import type { HighlighterCore, LanguageInput } from "shiki/core";

/** Line is the coloured pieces of one line of code. */
export type Line = { text: string; light: string | undefined; dark: string | undefined }[];

type Loader = () => Promise<{ default: LanguageInput }>;

/** Each language is a file of its own that is fetched when a text first needs it. */
const LANGUAGES: Record<string, Loader> = {
  bash: () => import("shiki/langs/bash.mjs"),
  c: () => import("shiki/langs/c.mjs"),
  cpp: () => import("shiki/langs/cpp.mjs"),
  csharp: () => import("shiki/langs/csharp.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  diff: () => import("shiki/langs/diff.mjs"),
  docker: () => import("shiki/langs/docker.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  ini: () => import("shiki/langs/ini.mjs"),
  java: () => import("shiki/langs/java.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  jsx: () => import("shiki/langs/jsx.mjs"),
  kotlin: () => import("shiki/langs/kotlin.mjs"),
  make: () => import("shiki/langs/make.mjs"),
  markdown: () => import("shiki/langs/markdown.mjs"),
  php: () => import("shiki/langs/php.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  ruby: () => import("shiki/langs/ruby.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  swift: () => import("shiki/langs/swift.mjs"),
  toml: () => import("shiki/langs/toml.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  typescript: () => import("shiki/langs/typescript.mjs"),
  xml: () => import("shiki/langs/xml.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
};

const ALIASES: Record<string, string> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  "c++": "cpp",
  cs: "csharp",
  dockerfile: "docker",
  golang: "go",
  js: "javascript",
  mjs: "javascript",
  kt: "kotlin",
  makefile: "make",
  md: "markdown",
  py: "python",
  rb: "ruby",
  rs: "rust",
  ts: "typescript",
  yml: "yaml",
};

/** Longer code stays plain: colouring it would hold up the page. */
const LONGEST = 60_000;

let highlighter: Promise<HighlighterCore> | undefined;
const loaded = new Set<string>();

/** languageId is the name under which a language is known here, or undefined. */
export function languageId(name: string): string | undefined {
  const lower = name.toLowerCase();
  const id = ALIASES[lower] ?? lower;
  return Object.hasOwn(LANGUAGES, id) ? id : undefined;
}

/** highlight colours code for both themes; undefined when the language is not known or the code is too long. */
export async function highlight(code: string, language: string): Promise<Line[] | undefined> {
  const id = languageId(language);
  const load = id ? LANGUAGES[id] : undefined;
  if (!id || !load || code.length > LONGEST) return undefined;
  highlighter ??= create();
  const shiki = await highlighter;
  if (!loaded.has(id)) {
    await shiki.loadLanguage((await load()).default);
    loaded.add(id);
  }
  const lines = shiki.codeToTokensWithThemes(code, { lang: id, themes: { light: "light-plus", dark: "dark-plus" } });
  return lines.map((line) =>
    line.map(({ content, variants }) => ({
      text: content,
      light: variants.light?.color,
      dark: variants.dark?.color,
    })),
  );
}

async function create(): Promise<HighlighterCore> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }, light, dark] = await Promise.all([
    import("shiki/core"),
    import("shiki/engine/javascript"),
    import("shiki/themes/light-plus.mjs"),
    import("shiki/themes/dark-plus.mjs"),
  ]);
  return createHighlighterCore({
    themes: [light.default, dark.default],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
}
