import { useTranslation } from "react-i18next";

/** layers lists where a value may come from, weakest first. */
export const layers = ["default", "redirection_left", "redirection", "model", "site", "group", "config_file", "override", "line"] as const;

/** Layer names the layer a value comes from. */
export function Layer({ of }: { of: string }) {
  const { t } = useTranslation();
  if (!of) return null;
  return <span className={`chip layer-${of}`}>{t(`layer.${of}`, { defaultValue: of })}</span>;
}
