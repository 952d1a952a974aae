/** A hand holding a phone's code up to a lens. */
export function HoldUp() {
  return (
    <svg class="passer-drawing" viewBox="0 0 240 150" aria-hidden="true" focusable="false">
      <g class="passer-lines">
        <circle cx="36" cy="66" r="24" />
        <circle cx="36" cy="66" r="9" />
        <path d="M72 66 H118" stroke-dasharray="2 11" />
        <path d="M84 54 L72 66 L84 78 M106 54 L118 66 L106 78" />
        <rect x="138" y="18" width="60" height="98" rx="9" />
        <path d="M198 78 Q222 84 222 112 V146 M138 100 Q126 104 130 120 L144 146" />
      </g>
      <path
        class="passer-solid"
        d="M150 36 H166 V52 H150 Z M172 36 H186 V52 H172 Z M150 60 H166 V76 H150 Z M172 60 H178 V66 H172 Z M180 68 H186 V76 H180 Z M172 70 H176 V76 H172 Z"
      />
    </svg>
  );
}

type Props = { readonly distance: string; readonly older: string; readonly newer: string };

/** Which side of which card carries the code, and how far to hold it. */
export function CardFaces({ distance, older, newer }: Props) {
  return (
    <ul class="passer-cards">
      <li>
        <svg class="passer-card" viewBox="0 0 120 76" aria-hidden="true" focusable="false">
          <g class="passer-lines">
            <rect x="3" y="3" width="114" height="70" rx="8" />
            <rect x="14" y="28" width="26" height="34" rx="4" />
            <path d="M50 42 H92 M50 54 H82" />
          </g>
          <path class="passer-solid" d="M92 10 H108 V26 H92 Z" />
        </svg>
        <span>{older}</span>
      </li>
      <li>
        <svg class="passer-card" viewBox="0 0 120 76" aria-hidden="true" focusable="false">
          <g class="passer-lines">
            <rect x="3" y="3" width="114" height="70" rx="8" />
            <rect x="14" y="14" width="22" height="18" rx="4" />
            <path d="M14 54 H106 M14 64 H106" />
          </g>
          <path class="passer-solid" d="M84 12 H108 V36 H84 Z" />
        </svg>
        <span>{newer}</span>
      </li>
      <li class="passer-distance">{distance}</li>
    </ul>
  );
}
