// Lines for a DHCP server that send phones here.
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Page } from "../../components/Page";
import { useModels } from "../phones/AddPhone";
import { DhcpLines } from "../plug-in/DhcpLines";
import "../plug-in/plug-in.css";

export default function Dhcp() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const vendors = [...new Set(useModels().map((model) => model.vendor))];
  const vendor = params.get("vendor") ?? "";
  const choose = (value: string) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set("vendor", value);
      else next.delete("vendor");
      return next;
    });
  return (
    <Page title={t("nav.dhcp")} lead={t("dhcp.lead")} narrow>
      <section className="card">
        <div className="body tall">
          <DhcpLines
            vendor={vendor}
            tools={
              <Select
                aria-label={t("dhcp.vendor")}
                style={{ inlineSize: 180 }}
                value={vendor}
                options={[{ value: "", label: t("dhcp.all_vendors") }, ...vendors.map((value) => ({ value, label: value }))]}
                onChange={choose}
              />
            }
            scopes
          />
        </div>
      </section>
    </Page>
  );
}
