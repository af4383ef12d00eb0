import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import es from "antd/locale/es_ES";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { nonce } from "./csp";
import { queryClient } from "./query";
import { router } from "./router";
import { antdTheme, useLook } from "./theme";

const locales: Record<string, typeof en> = { en, es };

export function App() {
  const { i18n } = useTranslation();
  const look = useLook();
  return (
    <ConfigProvider
      theme={antdTheme(look)}
      locale={locales[i18n.language] ?? en}
      direction={i18n.dir()}
      csp={nonce ? { nonce } : undefined}
      button={{ autoInsertSpace: false }}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
