import type { ReactNode } from "react";
import { BrandMark } from "../../components/BrandMark";

interface Props {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
}

/** Gate frames the pages that stand before the console. */
export function Gate({ title, lead, children }: Props) {
  document.title = `${title} · Bellwether`;
  return (
    <main className="gate">
      <div className="card">
        <div className="brand">
          <BrandMark size={26} />
          Bellwether
        </div>
        <h1>{title}</h1>
        {lead && <p className="lead">{lead}</p>}
        {children}
      </div>
    </main>
  );
}
