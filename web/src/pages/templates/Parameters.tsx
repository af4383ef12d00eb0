// The parameter catalog, to look things up.
import { useTranslation } from "react-i18next";
import { catalog } from "../../api/calls";
import type { Parameter } from "../../api/types";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { slicePage } from "../../lib/slice";
import { rangeText, valueLabel } from "../../lib/value";
import { useModelOptions } from "../phones/AddPhone";

function Detail({ parameter }: { parameter: Parameter }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      {parameter.help && <p>{parameter.help}</p>}
      {(parameter.options ?? []).length > 0 && (
        <p>
          {t("parameters.options")}:{" "}
          {(parameter.options ?? []).map((option) => `${option.label} (${option.value})`).join(", ")}
        </p>
      )}
      <p className="muted">{t("parameters.evidence", { evidence: parameter.evidence || "–" })}</p>
    </div>
  );
}

export default function Parameters() {
  const { t } = useTranslation();
  const models = useModelOptions();
  const columns: Column<Parameter>[] = [
    { key: "label", title: t("parameters.label"), render: (p) => <span title={p.label}>{p.label}</span> },
    { key: "key", title: t("parameters.key"), render: (p) => <span className="mono">{p.key_pattern}</span> },
    { key: "count", title: t("parameters.count"), align: "end", render: (p) => p.count || "" },
    { key: "type", title: t("parameters.type"), render: (p) => t(`parameters.of.${p.type}`, { defaultValue: p.type }) },
    { key: "range", title: t("config.range"), render: (p) => [rangeText(p.ranges ?? []), p.unit].filter(Boolean).join(" ") },
    {
      key: "default",
      title: t("config.default"),
      render: (p) =>
        p.default === null || p.default === undefined ? <span className="muted">{t("config.no_default")}</span> : valueLabel(p, p.default) || "∅",
    },
    { key: "page", title: t("parameters.page"), hidden: true, render: (p) => [p.page, p.section].filter(Boolean).join(" › ") },
  ];
  return (
    <Page title={t("nav.parameters")} lead={t("parameters.lead")}>
      <ListTable
        id="parameters"
        label={t("nav.parameters")}
        queryKey={["global", "parameters", "list"]}
        fetch={({ model, ...query }) =>
          catalog
            .parameters({ model: typeof model === "string" ? model : undefined })
            .then((all) => slicePage(all, query, (p) => `${p.label} ${p.key_pattern} ${p.help} ${p.spelled.join(" ")}`))
        }
        columns={columns}
        rowKey={(p) => p.key_pattern}
        filters={[{ name: "model", label: t("phone.model"), options: models }]}
        search={t("parameters.search")}
        expand={(p) => <Detail parameter={p} />}
        empty={<Empty title={t("parameters.empty")} />}
      />
    </Page>
  );
}
