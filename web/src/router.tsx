import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { isSignedOut } from "@/api/client";
import { configQuery, meQuery } from "@/api/queries";
import { AuthPage } from "@/pages/AuthPage";
import { ErrorPage, NotFoundPage } from "@/pages/ErrorPage";
import { type Range, rangeOf } from "@/usage/sums";

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  errorComponent: ErrorPage,
  notFoundComponent: NotFoundPage,
});

/** needSetup is true while the server waits for its first account. */
async function needSetup(queries: QueryClient): Promise<boolean> {
  const config = await queries.ensureQueryData(configQuery).catch(() => undefined);
  return config?.setupRequired === true;
}

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: lazyRouteComponent(() => import("@/shell/Shell"), "Shell"),
  beforeLoad: async ({ context: { queries } }) => {
    try {
      await queries.ensureQueryData(meQuery);
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      throw redirect({ to: (await needSetup(queries)) ? "/signup" : "/login", search: {} });
    }
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("@/pages/HomePage"), "HomePage"),
});
const session = createRoute({
  getParentRoute: () => shell,
  path: "/s/$sessionId",
  validateSearch: (search: Record<string, unknown>): { at?: string } =>
    typeof search.at === "string" && search.at !== "" ? { at: search.at } : {},
  component: lazyRouteComponent(() => import("@/pages/SessionPage"), "SessionPage"),
});

const doctor = createRoute({
  getParentRoute: () => shell,
  path: "/admin/doctor",
  component: lazyRouteComponent(() => import("@/pages/DoctorPage"), "DoctorPage"),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: "/admin/users",
  component: lazyRouteComponent(() => import("@/admin/UsersPage"), "UsersPage"),
});
const audit = createRoute({
  getParentRoute: () => shell,
  path: "/admin/audit",
  component: lazyRouteComponent(() => import("@/admin/AuditPage"), "AuditPage"),
});

const boundary = createRoute({
  getParentRoute: () => shell,
  path: "/admin/boundary",
  component: lazyRouteComponent(() => import("@/admin/BoundaryPage"), "BoundaryPage"),
});

const usageSearch = (search: Record<string, unknown>): { days?: Range } =>
  search.days === undefined ? {} : { days: rangeOf(search.days) };
const usage = createRoute({
  getParentRoute: () => shell,
  path: "/usage",
  validateSearch: usageSearch,
  component: lazyRouteComponent(() => import("@/usage/UsagePage"), "UsagePage"),
});
const allUsage = createRoute({
  getParentRoute: () => shell,
  path: "/admin/usage",
  validateSearch: usageSearch,
  component: lazyRouteComponent(() => import("@/usage/UsagePage"), "AllUsagePage"),
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { reason?: string } =>
    search.reason === "signed-out" ? { reason: "signed-out" } : {},
  component: function Login() {
    return <AuthPage mode="login" signedOut={login.useSearch().reason === "signed-out"} />;
  },
});

const signup = createRoute({
  getParentRoute: () => root,
  path: "/signup",
  component: function SignUp() {
    return <AuthPage mode="signup" />;
  },
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: lazyRouteComponent(() => import("@/pages/ResetPage"), "ResetPage"),
});

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      shell.addChildren([home, session, usage, doctor, users, audit, boundary, allUsage]),
      login,
      signup,
      reset,
    ]),
    context: { queries },
    defaultErrorComponent: ErrorPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
