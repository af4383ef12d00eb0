import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Setting } from "../../api/types";
import { formatText, parseText } from "../../lib/value";

interface Props {
  items: Setting[];
  change: (items: Setting[]) => void;
  editable: boolean;
}

/** TextEditor is the same settings as lines key=value; what is typed stays as typed. */
export function TextEditor({ items, change, editable }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => formatText(items));
  const parsed = parseText(text);
  // The draft was reverted or saved from elsewhere: show it again.
  if (parsed.bad.length === 0 && formatText(parsed.items) !== formatText(items)) setText(formatText(items));
  return (
    <div className="stack">
      <p className="muted">{t("templates.text_help")}</p>
      <Input.TextArea
        className="mono"
        autoSize={{ minRows: 16, maxRows: 40 }}
        spellCheck={false}
        readOnly={!editable}
        aria-label={t("templates.tab_text")}
        value={text}
        onChange={(e) => {
          setText(e.target.value);
          change(parseText(e.target.value).items);
        }}
      />
      {parsed.bad.length > 0 && (
        <p className="config-wrong" role="alert">
          {t("templates.bad_lines", { lines: parsed.bad.join(", ") })}
        </p>
      )}
    </div>
  );
}
