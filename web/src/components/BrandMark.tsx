/** BrandMark is the bell of the bellwether. */
export function BrandMark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0b6e6e" />
      <path
        d="M16 6.5a2 2 0 0 1 2 2V9c3.2.8 5.2 3.5 5.2 7v3.6l1.9 2.6c.4.6 0 1.3-.7 1.300H7.600c-.7 0-1.1-.7-.7-1.300l1.9-2.600V16c0-3.5 2-6.2 5.2-7v-.5a2 2 0 0 1 2-2z"
        fill="#fff"
      />
      <circle cx="16" cy="25.6" r="2.1" fill="#f2c35b" />
    </svg>
  );
}
