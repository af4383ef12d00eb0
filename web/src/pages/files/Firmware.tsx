import { useTranslation } from "react-i18next";
import { useModels } from "../phones/AddPhone";
import { Store } from "./Store";

/** useVendorFilter is the choice of makers. */
export function useVendorFilter() {
  const { t } = useTranslation();
  const vendors = [...new Set(useModels().map((model) => model.vendor))];
  return { name: "vendor", label: t("phone.vendor"), options: vendors.map((value) => ({ value, label: value })) };
}

export default function Firmware() {
  const { t } = useTranslation();
  const vendor = useVendorFilter();
  return <Store store="firmware" title={t("nav.firmware")} lead={t("files.lead_firmware")} filters={[vendor]} />;
}
