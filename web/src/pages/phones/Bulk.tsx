import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Form, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device, PlanBody } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { FormModal } from "../../components/FormModal";
import type { Selection } from "../../components/ListTable/types";
import { AssignPhones } from "../redirection/Assign";
import { usePhoneRemoval } from "./usePhoneRemoval";

const most = 10_000;

// Everything that matches the list's filters, page by page, up to a limit.
async function collect(org: string, selection: Selection<Device>): Promise<Device[]> {
  if (!selection.all) return selection.rows;
  const found: Device[] = [];
  let cursor = "";
  do {
    const page = await devices.list(org, { ...selection.query, limit: 200, cursor: cursor || undefined });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && found.length < most);
  return found;
}

// All phones of the organization need no list of names.
function isEverything(selection: Selection<Device>): boolean {
  const { sort: _, ...filters } = selection.query;
  return selection.all && Object.values(filters).every((value) => value === undefined || value === "");
}

function MoveSite({ rows, close }: { rows: Device[]; close: (moved: boolean) => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const options = useSiteOptions();
  const move = async ({ site }: { site: string }) => {
    let failed = 0;
    for (const row of rows) {
      await devices.update(org.id, row.id, row.version, { site_id: site }).catch(() => (failed += 1));
    }
    return failed;
  };
  const done = (failed: number) => {
    void client.invalidateQueries({ queryKey: keys.org(org.id) });
    if (failed) void message.error(t("phones.move_failed", { count: failed }));
    if (failed < rows.length) void message.success(t("phones.moved", { count: rows.length - failed }));
    close(true);
  };
  return (
    <FormModal<{ site: string }, number>
      title={t("phones.move_title", { count: rows.length })}
      ok={t("phones.move_ok")}
      submit={move}
      done={done}
      close={() => close(false)}
    >
      <p style={{ marginBlockEnd: 12 }}>{t("phones.move_text")}</p>
      <Form.Item name="site" label={t("phone.site")} rules={[{ required: true, message: t("form.required") }]}>
        <Select showSearch={{ optionFilterProp: "title" }} options={options} />
      </Form.Item>
    </FormModal>
  );
}

interface Props {
  selection: Selection<Device>;
  plan: (body: PlanBody) => void;
}

/** PhonesBulk is what can be done with the ticked phones. */
export function PhonesBulk({ selection, plan }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const mayPush = useCan("plan.push");
  const mayWrite = useCan("device.write");
  const removal = usePhoneRemoval();
  const [moving, setMoving] = useState<Device[] | null>(null);
  const [sending, setSending] = useState<Device[] | null>(null);
  const rows = useMutation({ mutationFn: () => collect(org.id, selection) });

  const push = async (move: PlanBody["move"]) => {
    if (isEverything(selection)) return plan({ targets: { all: true }, move });
    const found = await rows.mutateAsync();
    plan({ targets: { devices: found.map((d) => d.id) }, move });
  };
  const items = [
    { key: "own", label: t("phones.push_own"), onClick: () => void push({ overrides: true, lines: true }) },
    {
      key: "latest",
      label: t("phones.push_latest"),
      onClick: () => void push({ overrides: true, lines: true, placeholders: true, latest: true }),
    },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={["click"]} disabled={!mayPush}>
        <Button type="primary" size="small" loading={rows.isPending}>
          {t("phones.push")}
        </Button>
      </Dropdown>
      <Button size="small" disabled={!mayWrite} onClick={() => void rows.mutateAsync().then(setMoving)}>
        {t("phones.move")}
      </Button>
      <Button size="small" disabled={!mayWrite} onClick={() => void rows.mutateAsync().then(setSending)}>
        {t("nav.redirection_short")}
      </Button>
      <Button
        size="small"
        danger
        disabled={!mayWrite}
        onClick={() => void rows.mutateAsync().then((found) => removal(found, selection.clear))}
      >
        {t("action.delete_ask")}
      </Button>
      {sending && (
        <AssignPhones
          rows={sending}
          close={() => setSending(null)}
          done={(ids) => plan({ targets: { devices: ids }, move: { redirection: true } })}
        />
      )}
      {moving && (
        <MoveSite
          rows={moving}
          close={(moved) => {
            setMoving(null);
            if (moved) selection.clear();
          }}
        />
      )}
    </>
  );
}
