// The template editor: form and text in step, versions, push.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Tabs } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { devices, templates } from "../../api/calls";
import type { PlanBody, Setting, Template as TemplateType, TemplateVersion } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useSites } from "../../app/useSites";
import { Empty, Loading, Problem, useExplain } from "../../components/Blank";
import { FormModal } from "../../components/FormModal";
import { Glyph } from "../../components/Glyph";
import { Layer } from "../../components/Layer";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { PlanDrawer } from "../../components/plan/PlanDrawer";
import { When } from "../../components/When";
import { slicePage } from "../../lib/slice";
import { formatText } from "../../lib/value";
import { SettingsForm } from "./SettingsForm";
import { TextEditor } from "./TextEditor";

function useTemplate(id: string) {
  const { org } = useScope();
  return useQuery({ queryKey: keys.one(org.id, "templates", id), queryFn: () => templates.get(org.id, id) });
}

function SaveVersion({ template, save, close }: { template: TemplateType; save: (note: string) => Promise<TemplateVersion>; close: () => void }) {
  const { t } = useTranslation();
  return (
    <FormModal<{ note?: string }, TemplateVersion>
      title={t("templates.save_title", { version: template.latest + 1 })}
      ok={t("templates.save_version")}
      submit={({ note }) => save(note ?? "")}
      done={() => undefined}
      close={close}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("templates.save_text")}</p>
      <Form.Item name="note" label={t("templates.note")}>
        <Input autoFocus maxLength={256} />
      </Form.Item>
    </FormModal>
  );
}

function Versions({ template }: { template: TemplateType }) {
  const { t } = useTranslation();
  const { org } = useScope();
  return (
    <ListTable
      id="template-versions"
      label={t("templates.versions")}
      queryKey={keys.one(org.id, "templates", template.id, "versions")}
      fetch={(query) => templates.versions(org.id, template.id).then((all) => slicePage(all, query, (v) => v.note))}
      columns={[
        { key: "number", title: t("templates.version"), width: 90, render: (v) => `v${v.number}` },
        { key: "note", title: t("templates.note"), render: (v) => v.note || "–" },
        { key: "author", title: t("revision.author"), render: (v) => v.author },
        { key: "at", title: t("templates.saved_at"), render: (v) => <When at={v.at} /> },
        { key: "keys", title: t("revision.keys"), align: "end", render: (v) => (v.items ?? []).length },
      ]}
      rowKey={(v) => String(v.number)}
      expand={(v) => <pre className="mono">{formatText(v.items ?? [])}</pre>}
      empty={<Empty title={t("templates.no_versions")} text={t("templates.no_versions_text")} />}
    />
  );
}

// The phones that a template is for: a push of it goes there unless told otherwise.
async function targetsOf(org: string, template: TemplateType): Promise<PlanBody["targets"]> {
  if (template.kind === "site") return { sites: [template.site_id] };
  const found: string[] = [];
  let cursor = "";
  do {
    const page = await devices.list(org, { model: template.model || undefined, limit: 200, cursor: cursor || undefined });
    found.push(...page.items.map((device) => device.id));
    cursor = page.next_cursor;
  } while (cursor);
  return { devices: found };
}

function useEditor(template: TemplateType) {
  const { org } = useScope();
  const client = useQueryClient();
  const [items, setItems] = useState<Setting[] | null>(null);
  const draft = useMemo(() => template.draft ?? [], [template.draft]);
  const current = items ?? draft;
  const dirty = items !== null && formatText(items) !== formatText(draft);
  const refresh = () => client.invalidateQueries({ queryKey: keys.all(org.id, "templates") });
  const save = async () => {
    if (!dirty) return;
    const kept = await templates.update(org.id, template.id, template.version, { draft: current });
    client.setQueryData(keys.one(org.id, "templates", template.id), kept);
    setItems(null);
  };
  const version = async (note: string) => {
    await save();
    const made = await templates.save(org.id, template.id, note);
    await refresh();
    return made;
  };
  return { current, dirty, change: setItems, revert: () => setItems(null), save, version };
}

function Editor({ template }: { template: TemplateType }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { message } = App.useApp();
  const explain = useExplain();
  const mayWrite = useCan("template.write");
  const mayPush = useCan("plan.push");
  const [params, setParams] = useSearchParams();
  const sites = useSites();
  const editor = useEditor(template);
  const [saving, setSaving] = useState(false);
  const [plan, setPlan] = useState<PlanBody | null>(null);
  const keep = useMutation({ mutationFn: editor.save, onError: (error) => void message.error(explain(error), 6) });
  const push = useMutation({
    mutationFn: () => targetsOf(org.id, template),
    onSuccess: (targets) => setPlan({ targets, move: { templates: [{ id: template.id, version: template.latest }] } }),
    onError: (error) => void message.error(explain(error), 6),
  });
  const tab = params.get("tab") ?? "form";
  const scope = template.model || sites.find((site) => site.id === template.site_id)?.name;
  return (
    <Page
      title={template.name}
      heading={
        <div className="row">
          <h1>{template.name}</h1>
          <Layer of={template.kind} />
          {scope && <span className="muted">{scope}</span>}
          <span className="muted">{template.latest ? t("config.version", { version: template.latest }) : t("templates.unsaved")}</span>
        </div>
      }
      lead={template.description || undefined}
      actions={
        <>
          <Button disabled={!mayWrite || !editor.dirty} loading={keep.isPending} onClick={() => keep.mutate()}>
            {t("templates.save_draft")}
          </Button>
          <Button disabled={!mayWrite} onClick={() => setSaving(true)}>
            {t("templates.save_version_ask")}
          </Button>
          <Button
            type="primary"
            disabled={!mayPush || template.latest === 0}
            title={template.latest === 0 ? t("templates.push_needs_version") : undefined}
            loading={push.isPending}
            onClick={() => push.mutate()}
          >
            {t("templates.push", { version: template.latest })}
          </Button>
        </>
      }
    >
      {editor.dirty && (
        <div className="note draft" role="status">
          <Glyph name="half" size={14} />
          <span>{t("templates.dirty")}</span>
          <span className="end">
            <Button size="small" onClick={editor.revert}>
              {t("templates.revert")}
            </Button>
          </span>
        </div>
      )}
      <Tabs
        activeKey={tab}
        onChange={(key) => setParams({ tab: key }, { replace: true })}
        items={["form", "text", "versions"].map((key) => ({ key, label: t(`templates.tab_${key}`), children: null }))}
      />
      {tab === "form" && <SettingsForm template={template} items={editor.current} change={editor.change} editable={mayWrite} />}
      {tab === "text" && <TextEditor items={editor.current} change={editor.change} editable={mayWrite} />}
      {tab === "versions" && <Versions template={template} />}
      {saving && <SaveVersion template={template} save={editor.version} close={() => setSaving(false)} />}
      {plan && <PlanDrawer title={t("plan.title")} body={plan} close={() => setPlan(null)} />}
    </Page>
  );
}

export default function Template() {
  const { id = "" } = useParams();
  const template = useTemplate(id);
  if (template.isPending) return <Loading />;
  if (!template.data) return <Problem error={template.error} retry={() => void template.refetch()} />;
  return <Editor key={id} template={template.data} />;
}
