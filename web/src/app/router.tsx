// The pages. Each is loaded when it is first opened.
import { App as AntApp } from "antd";
import { lazy, Suspense } from "react";
import { createBrowserRouter, Outlet } from "react-router";
import { Loading } from "../components/Blank";
import { NotFound, RouteProblem } from "../pages/gate/NotFound";
import { Shell } from "./shell/Shell";

const SignIn = lazy(() => import("../pages/gate/SignIn"));
const Setup = lazy(() => import("../pages/gate/Setup"));
const Home = lazy(() => import("../pages/home/Home"));
const Phones = lazy(() => import("../pages/phones/Phones"));
const Phone = lazy(() => import("../pages/phone/Phone"));
const Waiting = lazy(() => import("../pages/waiting/Waiting"));
const PlugIn = lazy(() => import("../pages/plug-in/PlugIn"));
const Accounts = lazy(() => import("../pages/people/Accounts"));
const SipServers = lazy(() => import("../pages/people/SipServers"));
const Templates = lazy(() => import("../pages/templates/Templates"));
const Template = lazy(() => import("../pages/templates/Template"));
const Parameters = lazy(() => import("../pages/templates/Parameters"));
const Tasks = lazy(() => import("../pages/tasks/Tasks"));
const Task = lazy(() => import("../pages/tasks/Task"));
const Log = lazy(() => import("../pages/log/Log"));
const Sites = lazy(() => import("../pages/places/Sites"));
const Operators = lazy(() => import("../pages/settings/Operators"));
const Tokens = lazy(() => import("../pages/settings/Tokens"));
const Sessions = lazy(() => import("../pages/settings/Sessions"));
const Audit = lazy(() => import("../pages/settings/Audit"));
const TrustedCas = lazy(() => import("../pages/trust/TrustedCas"));
const Alarms = lazy(() => import("../pages/alarms/Alarms"));
const Firmware = lazy(() => import("../pages/files/Firmware"));
const Resources = lazy(() => import("../pages/files/Resources"));
const Lessons = lazy(() => import("../pages/files/Lessons"));
const Dhcp = lazy(() => import("../pages/dhcp/Dhcp"));
const Redirection = lazy(() => import("../pages/redirection/Redirection"));
const System = lazy(() => import("../pages/settings/System"));

// Toasts hold links, so that their place is inside the router.
function Root() {
  return (
    <AntApp className="app" message={{ maxCount: 3 }} notification={{ placement: "bottomRight" }}>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </AntApp>
  );
}

export const router = createBrowserRouter([
  {
    element: <Root />,
    children: [
      { path: "/sign-in", element: <SignIn />, errorElement: <RouteProblem /> },
      { path: "/setup/:token", element: <Setup />, errorElement: <RouteProblem /> },
      {
        element: <Shell />,
        errorElement: <RouteProblem />,
        children: [
          {
            errorElement: <RouteProblem />,
            children: [
              { index: true, element: <Home /> },
              { path: "phones", element: <Phones /> },
              { path: "phones/:mac/:tab?", element: <Phone /> },
              { path: "waiting", element: <Waiting /> },
              { path: "plug-in", element: <PlugIn /> },
              { path: "accounts", element: <Accounts /> },
              { path: "sip-servers", element: <SipServers /> },
              { path: "templates", element: <Templates /> },
              { path: "templates/:id", element: <Template /> },
              { path: "parameters", element: <Parameters /> },
              { path: "tasks", element: <Tasks /> },
              { path: "tasks/:id", element: <Task /> },
              { path: "log", element: <Log /> },
              { path: "alarms", element: <Alarms /> },
              { path: "firmware", element: <Firmware /> },
              { path: "resources", element: <Resources /> },
              { path: "lessons", element: <Lessons /> },
              { path: "dhcp", element: <Dhcp /> },
              { path: "settings/trusted-cas", element: <TrustedCas /> },
              { path: "sites", element: <Sites /> },
              { path: "settings/operators", element: <Operators /> },
              { path: "settings/tokens", element: <Tokens /> },
              { path: "settings/sessions", element: <Sessions /> },
              { path: "settings/redirection", element: <Redirection /> },
              { path: "settings/audit", element: <Audit /> },
              { path: "settings/system", element: <System /> },
              { path: "*", element: <NotFound /> },
            ],
          },
        ],
      },
    ],
  },
]);
