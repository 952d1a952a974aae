/** Small line icons of the bar; the button around them has the words. */
const PATHS = {
  menu: 'M4 7H20 M4 12H20 M4 17H20',
  'sound-on': 'M4 10V14H8L13 18V6L8 10Z M16.5 9Q18 12 16.5 15 M19 6.5Q22 12 19 17.5',
  'sound-off': 'M4 10V14H8L13 18V6L8 10Z M16 9.5L21 14.5 M21 9.5L16 14.5',
  'sound-blocked': 'M4 10V14H8L13 18V6L8 10Z M18.5 7V13 M18.5 16.5V17',
  close: 'M6 6L18 18 M18 6L6 18',
  flag: 'M6 21V4 M6 5H18L15 9L18 13H6',
  officer: 'M12 12A4 4 0 1 0 12 4A4 4 0 1 0 12 12 M4 21Q4 15 12 15Q20 15 20 21',
  'arrow-in': 'M12 20V5 M6 11L12 5L18 11',
  'arrow-out': 'M12 4V19 M6 13L12 19L18 13',
  erase: 'M9 6H21V18H9L3 12Z M12 9.5L17 14.5 M17 9.5L12 14.5',
  info: 'M12 21A9 9 0 1 0 12 3A9 9 0 1 0 12 21 M12 11V16 M12 8V8.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
