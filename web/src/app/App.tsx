import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import es from "antd/locale/es_ES";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { queryClient } from "./query";
import { router } from "./router";
import { antdTheme, useLook } from "./theme";

const locales: Record<string, typeof en> = { en, es };

// The server puts the nonce of its content security policy here; the
// development server leaves the placeholder.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export function App() {
  const { i18n } = useTranslation();
  const look = useLook();
  return (
    <ConfigProvider
      theme={antdTheme(look)}
      locale={locales[i18n.language] ?? en}
      direction={i18n.dir()}
      csp={nonce && !nonce.startsWith("__") ? { nonce } : undefined}
      button={{ autoInsertSpace: false }}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
