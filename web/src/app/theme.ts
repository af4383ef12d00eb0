// One look in light and dark, in Ant Design's tokens; what our own style sheets
// use lies in styles/theme.css.
import { theme as antd, type ThemeConfig } from "antd";
import { useEffect, useSyncExternalStore } from "react";
import { usePref } from "./prefs";

export type ThemeChoice = "system" | "light" | "dark";
export type Look = "light" | "dark";

const dark = matchMedia("(prefers-color-scheme: dark)");

function subscribe(fn: () => void): () => void {
  dark.addEventListener("change", fn);
  return () => dark.removeEventListener("change", fn);
}

/** useLook gives the look to show and puts it on the document. */
export function useLook(): Look {
  const [choice] = usePref<ThemeChoice>("theme", "system");
  const systemDark = useSyncExternalStore(subscribe, () => dark.matches);
  const look = choice === "system" ? (systemDark ? "dark" : "light") : choice;
  useEffect(() => {
    document.documentElement.dataset.theme = look;
  }, [look]);
  return look;
}

const font =
  '-apple-system, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, "Liberation Sans", Arial, sans-serif';
const mono =
  'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, "Liberation Mono", monospace';

const palette = {
  light: {
    colorPrimary: "#0b6e6e",
    colorLink: "#0b6566",
    colorLinkHover: "#084c4d",
    colorInfo: "#2459a9",
    colorSuccess: "#1a6b42",
    colorWarning: "#8a5a00",
    colorError: "#b3261e",
    colorText: "#1b2429",
    colorTextSecondary: "#4d5a62",
    colorTextTertiary: "#5d6a73",
    colorTextQuaternary: "#67747c",
    colorTextPlaceholder: "#67747c",
    colorTextDisabled: "#6f7a81",
    colorBgBase: "#ffffff",
    colorBgLayout: "#f4f6f6",
    colorBgContainer: "#ffffff",
    colorBgElevated: "#ffffff",
    colorBorder: "#c3ccd0",
    colorBorderSecondary: "#e2e7e9",
    colorFillAlter: "#f7f9f9",
  },
  dark: {
    colorPrimary: "#12716e",
    colorLink: "#67c9c1",
    colorLinkHover: "#92dcd6",
    colorInfo: "#8ab4f8",
    colorSuccess: "#68c993",
    colorWarning: "#e2b457",
    colorError: "#f28b82",
    colorText: "#e3e9ec",
    colorTextSecondary: "#aab6bd",
    colorTextTertiary: "#97a4ac",
    colorTextQuaternary: "#8c99a1",
    colorTextPlaceholder: "#8c99a1",
    colorTextDisabled: "#848f96",
    colorBgBase: "#14191d",
    colorBgLayout: "#0f1316",
    colorBgContainer: "#14191d",
    colorBgElevated: "#1d2429",
    colorBorder: "#3d4a52",
    colorBorderSecondary: "#273137",
    colorFillAlter: "#191f24",
  },
} as const;

/** antdTheme is the look in Ant Design's tokens. */
export function antdTheme(look: Look): ThemeConfig {
  const colors = palette[look];
  return {
    algorithm: look === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      ...colors,
      colorPrimaryHover: look === "dark" ? "#178581" : "#0d8080",
      colorPrimaryActive: look === "dark" ? "#0f5f5c" : "#085555",
      colorPrimaryText: colors.colorLink,
      controlItemBgActive: look === "dark" ? "#17302f" : "#e2efee",
      controlItemBgActiveHover: look === "dark" ? "#1b3a38" : "#d6e8e6",
      controlItemBgHover: look === "dark" ? "#242c32" : "#f0f5f5",
      colorTextLightSolid: "#ffffff",
      fontFamily: font,
      fontFamilyCode: mono,
      fontSize: 13,
      controlHeight: 30,
      controlHeightSM: 24,
      controlHeightLG: 36,
      borderRadius: 5,
      borderRadiusLG: 8,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
    },
    components: {
      Tabs: {
        horizontalItemPadding: "9px 2px",
        horizontalItemGutter: 22,
        horizontalMargin: "0",
        itemSelectedColor: colors.colorText,
        inkBarColor: colors.colorLink,
        itemHoverColor: colors.colorText,
        itemColor: colors.colorTextSecondary,
      },
      Button: {
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
        colorError: look === "dark" ? "#f28b82" : "#b3261e",
        colorErrorHover: look === "dark" ? "#f6aca6" : "#8f1d17",
      },
      Input: { activeBorderColor: colors.colorLink, hoverBorderColor: colors.colorLink },
      Select: {
        activeBorderColor: colors.colorLink,
        hoverBorderColor: colors.colorLink,
        optionSelectedColor: colors.colorText,
        optionSelectedBg: look === "dark" ? "#17302f" : "#e2efee",
      },
      Modal: { titleFontSize: 15 },
      Form: { itemMarginBottom: 14, verticalLabelPadding: "0 0 4px" },
      Segmented: { trackBg: look === "dark" ? "#1d2429" : "#e9eded" },
      Tooltip: { colorBgSpotlight: look === "dark" ? "#323d44" : "#28343a" },
    },
  };
}
