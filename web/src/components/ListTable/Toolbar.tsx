import { ReloadOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Filter } from "./types";
import type { ListState } from "./useListState";

interface TextProps {
  label: string;
  value: string;
  width?: number;
  onChange: (value: string) => void;
}

/** TextFilter waits until the operator stops typing before it asks the server. */
function TextFilter({ label, value, width = 200, onChange }: TextProps) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = window.setTimeout(() => onChange(text.trim()), 250);
    return () => window.clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input
      allowClear
      prefix={<SearchOutlined />}
      placeholder={label}
      aria-label={label}
      style={{ inlineSize: width }}
      value={text}
      onChange={(e) => setText(e.target.value)}
      onPressEnter={() => onChange(text.trim())}
    />
  );
}

interface Props {
  state: ListState;
  filters: Filter[];
  search?: string;
  busy: boolean;
  refresh: () => void;
  children: ReactNode;
}

export function Toolbar({ state, filters, search, busy, refresh, children }: Props) {
  const { t } = useTranslation();
  return (
    <div className="list-tools" role="search">
      {search && <TextFilter label={search} value={state.value("q")} width={210} onChange={(v) => state.set("q", v)} />}
      {filters.map((filter) =>
        filter.options ? (
          <Select
            key={filter.name}
            allowClear
            showSearch={filter.options.length > 8 && { optionFilterProp: "label" }}
            aria-label={filter.label}
            placeholder={filter.label}
            value={state.value(filter.name) || null}
            options={filter.options}
            popupMatchSelectWidth={false}
            style={{ inlineSize: filter.width ?? 140 }}
            onChange={(value: string | null) => state.set(filter.name, value ?? "")}
          />
        ) : (
          <TextFilter
            key={filter.name}
            label={filter.label}
            width={filter.width ?? 160}
            value={state.value(filter.name)}
            onChange={(value) => state.set(filter.name, value)}
          />
        ),
      )}
      {state.filtered && (
        <Button type="link" onClick={state.clear}>
          {t("list.clear_filters")}
        </Button>
      )}
      <div className="row end">
        {children}
        <Button icon={<ReloadOutlined spin={busy} />} aria-label={t("list.refresh")} onClick={refresh} />
      </div>
    </div>
  );
}
