import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { guides } from "../../api/calls";
import type { DhcpServer } from "../../api/types";
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

/** DhcpLines are the lines for one make of DHCP server, to copy. */
export function DhcpLines({ vendor = "" }: { vendor?: string }) {
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
        {query.data && <CopyButton text={query.data.text} label={t("dhcp.copy")} />}
      </div>
      {query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        <pre className="lines" tabIndex={0} aria-label={t("dhcp.lines", { server })}>
          {query.data.text}
        </pre>
      )}
    </div>
  );
}
