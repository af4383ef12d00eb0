// A phone's user and password for the doors, for phones that sign in.
import { useMutation } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device } from "../../api/types";
import { useCan, useScope } from "../../app/scope";
import { useExplain } from "../../components/Blank";
import { CopyButton } from "../../components/Mac";

export function DoorAccess({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { modal } = App.useApp();
  const explain = useExplain();
  const reveals = useCan("secret.reveal");
  const writes = useCan("device.write");
  const make = useMutation({ mutationFn: () => devices.doorPassword(org.id, device.id), gcTime: 0 });
  const ask = () =>
    void modal.confirm({
      title: t("door.title"),
      icon: null,
      content: t("door.ask"),
      okText: t("door.new"),
      cancelText: t("action.cancel"),
      onOk: () => make.mutate(),
    });
  return (
    <section className="card">
      <h2>{t("door.title")}</h2>
      <div className="body stack">
        {make.data ? (
          <>
            <dl className="facts">
              <dt>{t("door.user")}</dt>
              <dd className="mono">{make.data.user}</dd>
              <dt>{t("door.password")}</dt>
              <dd className="mono" data-secret="true">
                {make.data.password}
              </dd>
            </dl>
            <div className="row wrap">
              <CopyButton text={make.data.user} label={t("door.copy_user")} />
              <CopyButton text={make.data.password} label={t("door.copy_password")} />
              <Button size="small" onClick={() => make.reset()}>
                {t("provisioning.hide")}
              </Button>
            </div>
            <p className="muted">{t("door.once")}</p>
          </>
        ) : (
          <>
            <p className="muted">{t("door.help")}</p>
            <div>
              <Button disabled={!reveals || !writes} loading={make.isPending} onClick={ask}>
                {t("door.new")}
              </Button>
            </div>
            {(!reveals || !writes) && <p className="muted">{t("problem.no_right")}</p>}
            {make.isError && <p role="alert">{explain(make.error)}</p>}
          </>
        )}
      </div>
    </section>
  );
}
