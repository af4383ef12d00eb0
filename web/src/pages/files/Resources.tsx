import { useTranslation } from "react-i18next";
import { useVendorFilter } from "./Firmware";
import { Store } from "./Store";
import { kinds } from "./UploadFile";

export default function Resources() {
  const { t } = useTranslation();
  const vendor = useVendorFilter();
  const kind = { name: "kind", label: t("files.kind"), options: kinds.map((value) => ({ value, label: t(`files.kinds.${value}`) })) };
  return <Store store="resources" title={t("nav.resources")} lead={t("files.lead_resources")} filters={[kind, vendor]} />;
}
