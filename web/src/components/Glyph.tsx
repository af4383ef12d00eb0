// The small signs beside a state's word. Each has its own shape, so that none
// depends on colour.
const shapes = {
  full: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor" />
    </>
  ),
  hollow: <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  slashed: (
    <g fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
      <circle cx="6" cy="6" r="4" />
      <path d="M3.3 8.700l5.4-5.4" />
    </g>
  ),
  clock: (
    <g fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round">
      <circle cx="6" cy="6" r="4.6" />
      <path d="M6 3.400V6l1.7 1.2" />
    </g>
  ),
  check: <path d="M2.2 6.400l2.5 2.5 5.1-5.6" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" />,
  checks: (
    <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
      <path d="M.9 6.500l2.3 2.3 4.2-5" />
      <path d="M5.7 8.300l.6.5 4.8-5.3" />
    </g>
  ),
  cross: <path d="M3 3l6 6M9 3l-6 6" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" />,
  dash: <path d="M3 6h6" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />,
  warn: (
    <path d="M6 1.200l5.2 9.300H.8zM6 4.600v2.800M6 8.700v.4" fill="none" stroke="currentColor" strokeWidth="1.3" strokeLinejoin="round" strokeLinecap="round" />
  ),
  lock: (
    <g fill="none" stroke="currentColor" strokeWidth="1.3">
      <rect x="2.5" y="5.3" width="7" height="5" rx="1" fill="currentColor" />
      <path d="M4 5.300V3.900a2 2 0 0 1 4 0v1.4" />
    </g>
  ),
  play: <path d="M3.5 2.200v7.600L9.6 6z" fill="currentColor" />,
  arrow: <path d="M2 6h7M6.3 3.200L9.2 6 6.3 8.8" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />,
  question: (
    <path d="M4 4.300a2 2 0 1 1 2.8 1.900c-.6.3-.8.6-.8 1.200M6 9.500v.2" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
  ),
};

export type GlyphName = keyof typeof shapes;

export function Glyph({ name, size = 12 }: { name: GlyphName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      {shapes[name]}
    </svg>
  );
}
