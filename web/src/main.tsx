import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { config as configureZod } from "zod";
import { newQueryClient } from "@/api/queries";
import { startI18n } from "@/i18n";
import { applyTheme, followSystemTheme } from "@/settings/settings";
import { newRouter } from "./router";
import "./styles.css";

configureZod({ jitless: true }); // The security policy allows no code from strings.
applyTheme();
followSystemTheme();
await startI18n();

const queries = newQueryClient();
const router = newRouter(queries);
const element = document.getElementById("root");
if (!element) throw new Error("the page has no root element");

createRoot(element).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
