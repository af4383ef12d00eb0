// The list of stored files that both pages share: firmware, and everything else.
import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { files, type Store as Collection } from "../../api/calls";
import type { StoredFile } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { Empty } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column, Filter } from "../../components/ListTable/types";
import { Page } from "../../components/Page";
import { useRemove } from "../../components/useRemove";
import { When } from "../../components/When";
import { sizeText } from "../../lib/size";
import { EditFile } from "./EditFile";
import { UploadFile } from "./UploadFile";
import "./files.css";

function useColumns(store: Collection): Column<StoredFile>[] {
  const { t, i18n } = useTranslation();
  const only = (on: Collection, column: Column<StoredFile>) => (store === on ? [column] : []);
  return [
    {
      key: "name",
      title: t("files.name"),
      sort: "name",
      render: (f) =>
        f.present ? (
          f.name
        ) : (
          <span className="state bad" data-missing="true">
            <Glyph name="cross" />
            {f.name} · {t("files.missing")}
          </span>
        ),
    },
    ...only("resources", { key: "kind", title: t("files.kind"), sort: "kind", render: (f) => t(`files.kinds.${f.kind}`) }),
    { key: "description", title: t("files.description"), render: (f) => <span className="clip brief" title={f.description}>{f.description || "–"}</span> },
    ...only("firmware", { key: "version", title: t("files.version"), render: (f) => f.file_version || "–" }),
    {
      key: "models",
      title: t("files.models"),
      render: (f) => <span className="clip brief" title={f.models.join(", ")}>{f.models.join(", ") || t("files.all_models", { vendor: f.vendor })}</span>,
    },
    { key: "names", title: t("files.names"), render: (f) => <span className="mono clip brief" title={f.names.join(", ")}>{f.names.join(", ") || "–"}</span> },
    { key: "size", title: t("files.size"), sort: "size", align: "end", render: (f) => sizeText(f.size, i18n.language) },
    {
      key: "served",
      title: t("files.served"),
      render: (f) => (
        <span className={f.served && f.present ? "state ok" : "state idle"}>
          <Glyph name={f.served && f.present ? "check" : "dash"} />
          {t(f.served ? "files.served_yes" : "files.served_no")}
        </span>
      ),
    },
    { key: "hash", title: "SHA-256", hidden: true, render: (f) => <span className="mono">{f.hash}</span> },
    { key: "author", title: t("files.author"), hidden: true, render: (f) => f.author || "–" },
    { key: "created", title: t("files.created"), sort: "created_at", render: (f) => <When at={f.created_at} relative /> },
  ];
}

interface Props {
  store: Collection;
  title: string;
  lead: string;
  filters: Filter[];
}

export function Store({ store, title, lead, filters }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const may = useCan("resource.write");
  const ask = useRemove();
  const columns = useColumns(store);
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState<StoredFile | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} disabled={!may} onClick={() => setAdding(true)}>
      {t(store === "firmware" ? "files.add_firmware" : "files.add")}
    </Button>
  );
  const remove = (rows: StoredFile[]) =>
    ask({
      title: t("files.delete_title", { count: rows.length }),
      rows,
      name: (one) => [one.name, one.file_version].filter(Boolean).join(" · "),
      lost: t("files.delete_lost"),
      remove: (one) => files.remove(org.id, store, one.id, one.version),
      stale: keys.all(org.id, store),
    });
  return (
    <Page title={title} lead={lead} actions={add}>
      <ListTable<StoredFile>
        id={store}
        label={title}
        queryKey={keys.list(org.id, store)}
        fetch={(query) => files.list(org.id, store, query)}
        columns={columns}
        rowKey={(f) => f.id}
        search={t("files.search")}
        filters={filters}
        actions={(f) => [
          { key: "edit", label: t("action.edit"), disabled: !may, onClick: () => setEditing(f) },
          { key: "get", label: <a href={files.content(org.id, store, f.id)}>{t("files.download")}</a>, disabled: !f.present },
          { key: "delete", danger: true, label: t("action.delete_ask"), disabled: !may, onClick: () => remove([f]) },
        ]}
        bulk={({ rows, all }) => (
          <Button size="small" danger disabled={!may || all} onClick={() => remove(rows)}>
            {t("action.delete_ask")}
          </Button>
        )}
        empty={<Empty title={t(`files.empty_${store}`)} text={t(`files.empty_${store}_text`)} action={add} />}
      />
      {adding && <UploadFile store={store} close={() => setAdding(false)} />}
      {editing && <EditFile store={store} file={editing} close={() => setEditing(null)} />}
    </Page>
  );
}
