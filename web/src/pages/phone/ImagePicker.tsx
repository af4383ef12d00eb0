// Chooses one of the firmware images that are for a phone's model.
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { files } from "../../api/calls";
import type { Device, StoredFile } from "../../api/types";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";

const most = 200;

function fits(file: StoredFile, device: Device): boolean {
  if (!file.present || file.vendor !== device.vendor) return false;
  return file.models.length === 0 || file.models.includes(device.model);
}

interface Props {
  device: Device;
  id?: string;
  value?: string;
  onChange?: (id: string) => void;
}

export function ImagePicker({ device, id, value, onChange }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const images = useQuery({
    queryKey: keys.list(org.id, "firmware", "pick"),
    queryFn: () => files.list(org.id, "firmware", { limit: most }),
  });
  const options = (images.data?.items ?? [])
    .filter((file) => fits(file, device))
    .map((file) => ({ value: file.id, label: [file.file_version, file.name].filter(Boolean).join(" · ") }));
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={images.isPending}
      options={options}
      notFoundContent={t("commands.no_image", { model: device.model })}
      placeholder={t("commands.image")}
    />
  );
}
