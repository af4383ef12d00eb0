// The control for one parameter's value, by its type.
import { Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { rangeText, type ValueSpec } from "../lib/value";

interface Props {
  spec: ValueSpec;
  label: string;
  value: string;
  onChange: (value: string) => void;
  onEnter?: () => void;
  onEscape?: () => void;
  autoFocus?: boolean;
  bad?: boolean;
}

export function ValueInput({ spec, label, value, onChange, onEnter, onEscape, autoFocus, bad }: Props) {
  const { t } = useTranslation();
  const options = spec.options ?? [];
  const common = { "aria-label": label, autoFocus, status: bad ? ("error" as const) : undefined };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === "Escape") onEscape?.();
    if (event.key === "Enter" && !(event.target instanceof HTMLTextAreaElement)) onEnter?.();
  };
  switch (spec.type) {
    case "bool":
      return (
        <Segmented
          aria-label={label}
          value={value}
          onChange={onChange}
          options={[
            { value: "yes", label: t("value.yes") },
            { value: "no", label: t("value.no") },
          ]}
        />
      );
    case "choice":
      return (
        <Select
          {...common}
          showSearch={options.length > 8 && { optionFilterProp: "label" }}
          style={{ minInlineSize: 200 }}
          popupMatchSelectWidth={false}
          value={value || null}
          options={options.map((option) => ({ value: option.value, label: option.label || option.value }))}
          onChange={(next: string) => onChange(next)}
        />
      );
    case "secret":
      return (
        <Input.Password
          {...common}
          autoComplete="new-password"
          value={value}
          placeholder={t("value.new_secret")}
          onChange={(e) => onChange(e.target.value)}
          onKeyDown={onKeyDown}
        />
      );
    case "pem":
      return (
        <Input.TextArea
          {...common}
          className="mono"
          rows={6}
          value={value}
          onChange={(e) => onChange(e.target.value)}
          onKeyDown={onKeyDown}
        />
      );
    default:
      return (
        <Input
          {...common}
          style={{ inlineSize: spec.type === "number" ? 150 : 260 }}
          inputMode={spec.type === "number" ? "numeric" : undefined}
          placeholder={spec.type === "number" ? rangeText(spec.ranges ?? []) : undefined}
          suffix={spec.unit || undefined}
          value={value}
          onChange={(e) => onChange(e.target.value)}
          onKeyDown={onKeyDown}
        />
      );
  }
}
