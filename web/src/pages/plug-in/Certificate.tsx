// The certificate that a phone showed, and what is missing before it proves anything.
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCan } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Glyph } from "../../components/Glyph";
import { ConfirmRule } from "../trust/ConfirmRule";
import { useSubject } from "../trust/useTrust";

export function Certificate({ subject }: { subject: string }) {
  const { t } = useTranslation();
  const to = useTo();
  const may = useCan("org.write");
  const found = useSubject(subject);
  const [open, setOpen] = useState(false);
  const told = !found ? "plug.cert_stranger" : found.ca.confirmed ? "plug.cert_confirmed" : "plug.cert_open";
  return (
    <div className="note certificate">
      <Glyph name="lock" />
      <div>
        <p>
          {t("plug.cert_shows")} <span className="mono">{subject}</span>
        </p>
        <p className="muted">{t(told, { name: found?.ca.name ?? "" })}</p>
        {found && !found.ca.confirmed && (
          <Button size="small" disabled={!may} onClick={() => setOpen(true)}>
            {t("rule.ask")}
          </Button>
        )}
        {!found && <Link to={to("/settings/trusted-cas")}>{t("nav.trusted_cas")}</Link>}
      </div>
      {open && found && <ConfirmRule ca={found.ca} subject={subject} close={() => setOpen(false)} />}
    </div>
  );
}
