// The frame around every page of a signed-in operator.
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";
import { Empty, Loading } from "../../components/Blank";
import { EventsProvider } from "../events";
import { listenForHotkeys, useHotkeys } from "../hotkeys";
import { ScopeProvider, useScope } from "../scope";
import { RequireSession } from "../session";
import { useTo } from "../useTo";
import { Help } from "./Help";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

function Frame() {
  const { t } = useTranslation();
  const { org } = useScope();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const to = useTo();
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(listenForHotkeys, []);
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [pathname]);
  const go = (path: string) => () => void navigate(to(path));
  useHotkeys({
    "g h": go("/"),
    "g p": go("/phones"),
    "g l": go("/log"),
    "g t": go("/tasks"),
    "?": () => setHelp(true),
  });
  return (
    <EventsProvider org={org.id}>
      <div className="shell">
        <a className="skip" href="#main" onClick={(e) => (e.preventDefault(), main.current?.focus())}>
          {t("top.skip")}
        </a>
        <TopBar onHelp={() => setHelp(true)} />
        <Rail />
        <main id="main" ref={main} tabIndex={-1}>
          <Suspense fallback={<Loading />}>
            <Outlet key={org.id} />
          </Suspense>
        </main>
        <Help open={help} close={() => setHelp(false)} />
      </div>
    </EventsProvider>
  );
}

export function Shell() {
  const { t } = useTranslation();
  return (
    <RequireSession>
      <ScopeProvider none={<Empty title={t("scope.none")} text={t("scope.none_text")} />}>
        <Frame />
      </ScopeProvider>
    </RequireSession>
  );
}
