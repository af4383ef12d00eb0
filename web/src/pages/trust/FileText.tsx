// A text that is pasted or read from a file. It gets value and onChange from a form.
import { UploadOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

const begins = "-----BEGIN CERTIFICATE-----";

interface Props {
  accept: string;
  id?: string;
  value?: string;
  onChange?: (text: string) => void;
}

export function FileText({ accept, id, value, onChange }: Props) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const read = async (list: FileList | null) => {
    const texts = await Promise.all([...(list ?? [])].map((file) => file.text()));
    if (texts.length) onChange?.(texts.join("\n"));
  };
  return (
    <div className="stack tight">
      <Input.TextArea
        id={id}
        className="mono"
        rows={7}
        spellCheck={false}
        placeholder={begins}
        value={value}
        onChange={(e) => onChange?.(e.target.value)}
      />
      <div>
        <input
          ref={picker}
          type="file"
          style={{ display: "none" }}
          multiple
          accept={accept}
          aria-label={t("file.choose")}
          onChange={(e) => void read(e.target.files)}
        />
        <Button size="small" icon={<UploadOutlined />} onClick={() => picker.current?.click()}>
          {t("file.choose")}
        </Button>
      </div>
    </div>
  );
}
