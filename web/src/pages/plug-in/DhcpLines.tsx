import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { guides } from "../../api/calls";
import type { Dhcp, DhcpServer } from "../../api/types";
import { usePref } from "../../app/prefs";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { CopyButton } from "../../components/Mac";

/** dhcpServers are the makes that lines are written for. */
export const dhcpServers: { value: DhcpServer; label: string }[] = [
  { value: "dnsmasq", label: "dnsmasq" },
  { value: "kea", label: "Kea" },
  { value: "dhcpd", label: "ISC dhcpd" },
  { value: "mikrotik", label: "MikroTik" },
  { value: "windows", label: "Windows Server" },
];

// What will stand on the wire, for each make of phone.
function Options({ scopes }: { scopes: Dhcp["scopes"] }) {
  const { t } = useTranslation();
  return (
    <table className="plain">
      <caption>{t("dhcp.options")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("dhcp.for")}</th>
          <th scope="col">{t("dhcp.option")}</th>
          <th scope="col">{t("dhcp.value")}</th>
          <th scope="col">{t("dhcp.note")}</th>
        </tr>
      </thead>
      <tbody>
        {scopes.flatMap((scope) =>
          scope.options.map((option) => (
            <tr key={`${scope.vendor} ${option.code}`}>
              <td>{scope.vendor}</td>
              <td>{option.code}</td>
              <td className="mono">{option.text || option.hex}</td>
              <td>{option.note}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

interface Props {
  vendor?: string;
  tools?: ReactNode;
  /** scopes also shows the options one by one. */
  scopes?: boolean;
}

/** DhcpLines are the lines for one make of DHCP server, to copy. */
export function DhcpLines({ vendor = "", tools, scopes }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const [server, setServer] = usePref<DhcpServer>("dhcp.server", "dnsmasq");
  const query = useQuery({
    queryKey: keys.list(org.id, "dhcp", server, vendor),
    queryFn: () => guides.dhcp(org.id, server, vendor),
    staleTime: 60_000,
  });
  return (
    <div className="stack dhcp-lines">
      <div className="row wrap">
        <Select<DhcpServer>
          aria-label={t("dhcp.server")}
          style={{ inlineSize: 170 }}
          value={server}
          options={dhcpServers}
          onChange={setServer}
        />
        {tools}
        {query.data && <CopyButton text={query.data.text} label={t("dhcp.copy")} />}
      </div>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        <>
          <pre className="lines" tabIndex={0} role="region" aria-label={t("dhcp.lines", { server })}>
            {query.data.text}
          </pre>
          {scopes && <Options scopes={query.data.scopes} />}
        </>
      )}
    </div>
  );
}
