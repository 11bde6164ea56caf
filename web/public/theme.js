// Sets the theme and the language of the document before the first paint. It is a file of its own because the
// content security policy allows no inline script.
(() => {
  const root = document.documentElement;
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem("settings") ?? "{}");
  } catch {
    saved = {};
  }
  const dark =
    saved.theme === "dark" || (saved.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  if (saved.language === "zh-CN" || saved.language === "en") root.lang = saved.language;
})();
