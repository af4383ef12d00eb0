// A MAC that is taken: where the phone stands, and how it comes here.
import { useMutation } from "@tanstack/react-query";
import { Button, Form } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ApiError } from "../../api/client";
import { devices } from "../../api/calls";
import type { Clash, Device } from "../../api/types";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { useExplain } from "../../components/Blank";

interface Props {
  error: unknown;
  done: (device: Device) => void;
}

/** Clashing shows nothing for errors that are no clash, or of phones that may not be seen. */
export function Clashing({ error, done }: Props) {
  const clash = error instanceof ApiError ? error.problem.clash : undefined;
  return clash ? <Found clash={clash} done={done} /> : null;
}

function Found({ clash, done }: { clash: Clash; done: (device: Device) => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const explain = useExplain();
  const site = Form.useWatch<string | undefined>("site_id");
  const ours = clash.org_id === org.id;
  const run = useMutation({
    mutationFn: () => devices.move(clash.org_id, clash.device_id, clash.version, { org: org.id, site_id: site }),
    onSuccess: done,
  });
  return (
    <>
      <dl className="facts" data-clash={clash.device_id}>
        <dt>{t("clash.org")}</dt>
        <dd>{clash.org}</dd>
        <dt>{t("phone.site")}</dt>
        <dd>{clash.site}</dd>
        <dt>{t("phone.name")}</dt>
        <dd>{ours ? <Link to={to(`/phones/${clash.mac}`)}>{clash.name || t("phones.open")}</Link> : clash.name || "–"}</dd>
      </dl>
      {clash.move && (
        <>
          <p>{t(ours ? "clash.within" : "clash.across", { org: org.name })}</p>
          <div>
            <Button loading={run.isPending} onClick={() => run.mutate()}>
              {t("clash.move")}
            </Button>
          </div>
        </>
      )}
      {run.isError && <p>{explain(run.error)}</p>}
    </>
  );
}
