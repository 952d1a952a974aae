import type { ComponentChildren } from 'preact';
import type { DeskGateAction, DeskView } from '../../src/demo/desk/desk-shapes.ts';
import { age } from '../shared/dates.ts';
import { isTextKey, type Params, type TextKey, translator } from '../texts/texts.ts';

const vi = translator('vi');
const en = translator('en');

type Props = {
  readonly desk: DeskView;
  readonly busy: boolean;
  readonly onLine: (cut: boolean) => void;
  readonly onGate: (action: DeskGateAction) => void;
  readonly onPublished: (person: number, published: boolean) => void;
};

/** What stands behind the gate: the line, the hub, and what may be published while one looks at the staff screen. */
export function DeskPage({ desk, busy, onLine, onGate, onPublished }: Props) {
  return (
    <main class="desk">
      <header class="desk-head">
        <h1>
          <Said text="desk.title" />
        </h1>
        <a class="desk-link" href={desk.staffScreen} target="_blank" rel="noreferrer">
          <Said text="desk.staff-screen" />
        </a>
      </header>
      <LineCard desk={desk} busy={busy} onLine={onLine} />
      <StationCard desk={desk} />
      <HubCard desk={desk} />
      {desk.gate !== null && <GateCard gate={desk.gate} busy={busy} onGate={onGate} />}
      <PeopleCard desk={desk} busy={busy} onPublished={onPublished} />
    </main>
  );
}

function LineCard({ desk, busy, onLine }: Pick<Props, 'desk' | 'busy' | 'onLine'>) {
  const { nowMs } = desk;
  const { cut, sinceMs } = desk.line;
  return (
    <Card title="desk.line" tone={cut ? 'stop' : 'pass'}>
      <p class="desk-state">
        <Said text={cut ? 'desk.line.cut' : 'desk.line.whole'} />
      </p>
      <p class="desk-note">
        <Said text="desk.since" params={{ age: age(nowMs - sinceMs, vi) }} />
      </p>
      <button type="button" class="desk-button" disabled={busy} onClick={() => onLine(!cut)}>
        <Said text={cut ? 'desk.line.restore' : 'desk.line.do-cut'} />
      </button>
      <p class="desk-note">
        <Said text={cut ? 'desk.line.cut-hint' : 'desk.line.whole-hint'} />
      </p>
    </Card>
  );
}

function StationCard({ desk }: Pick<Props, 'desk'>) {
  const { nowMs } = desk;
  const { line, unsentSegments, manifest, registers } = desk.station;
  return (
    <Card title="desk.station" tone={line === 'up' ? 'pass' : 'ageing'}>
      <Row text="desk.station.line" value={vi(`desk.station.line.${line}`)} />
      <Row text="desk.unsent" value={String(unsentSegments)} />
      <Row text="desk.version" value={String(manifest)} />
      {registers.map(({ name, state, asOfMs }) => (
        <Row
          key={name}
          label={`${name.toUpperCase()}`}
          value={`${stateWord(state)}${asOfMs === null ? '' : ` · ${age(nowMs - asOfMs, vi)}`}`}
        />
      ))}
    </Card>
  );
}

function HubCard({ desk }: Pick<Props, 'desk'>) {
  const { nowMs } = desk;
  const { manifest, stationHeardMs, records, passages, openCases } = desk.hub;
  const heard = stationHeardMs === null ? '–' : age(nowMs - stationHeardMs, vi);
  return (
    <Card title="desk.hub" tone="told">
      <Row text="desk.version" value={String(manifest)} />
      <Row text="desk.heard" value={heard} />
      <Row text="desk.records" value={String(records)} />
      <Row text="desk.passages" value={String(passages)} />
      <Row text="desk.cases" value={String(openCases)} />
    </Card>
  );
}

type GateProps = Pick<Props, 'busy' | 'onGate'> & {
  readonly gate: NonNullable<DeskView['gate']>;
};

/** Barrier and light as they are out there, and the cables to pull. */
function GateCard({ gate, busy, onGate }: GateProps) {
  const { arm, light, boardPlugged, scannerPlugged, emergencyPressed } = gate;
  const cables = [
    { what: 'board', on: boardPlugged },
    { what: 'scanner', on: scannerPlugged },
  ] as const;
  return (
    <Card title="desk.gate" tone={light === 'green' ? 'pass' : 'told'} wide>
      <div class="desk-gate">
        <Row text="desk.gate.arm" value={vi(`desk.gate.arm.${arm}`)} />
        <Row text="desk.gate.light" value={vi(`desk.gate.light.${light}`)} />
      </div>
      <div class="desk-gate">
        {cables.map(({ what, on }) => (
          <button
            key={what}
            type="button"
            class="desk-button"
            disabled={busy}
            data-pressed={!on}
            onClick={() => onGate({ what, on: !on })}
          >
            <Said text={on ? `desk.gate.pull.${what}` : `desk.gate.plug.${what}`} />
          </button>
        ))}
        <button
          type="button"
          class="desk-button"
          disabled={busy}
          data-pressed={emergencyPressed}
          onClick={() => onGate({ what: 'emergency', on: !emergencyPressed })}
        >
          <Said text={emergencyPressed ? 'desk.gate.release' : 'desk.gate.emergency'} />
        </button>
      </div>
    </Card>
  );
}

function PeopleCard({ desk, busy, onPublished }: Pick<Props, 'desk' | 'busy' | 'onPublished'>) {
  return (
    <Card title="desk.people" tone="told" wide>
      <p class="desk-note">
        <Said text="desk.people.hint" />
      </p>
      <ul class="desk-people">
        {desk.people.map(({ id, name, scene, published }) => (
          <li key={id} class="desk-person">
            <span class="desk-name">
              <strong>{name}</strong>
              <Scene name={scene} />
            </span>
            <button
              type="button"
              class="desk-button"
              disabled={busy}
              data-pressed={published}
              onClick={() => onPublished(id, !published)}
            >
              <Said text={published ? 'desk.withdraw' : 'desk.publish'} />
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

type CardProps = {
  readonly title: TextKey;
  readonly tone: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
};

function Card({ title, tone, wide = false, children }: CardProps) {
  return (
    <section class="desk-card" data-tone={tone} data-wide={wide}>
      <h2>
        <Said text={title} />
      </h2>
      {children}
    </section>
  );
}

type RowProps = { readonly value: string } & (
  | { readonly text: TextKey; readonly label?: never }
  | { readonly label: string; readonly text?: never }
);

function Row({ text, label, value }: RowProps) {
  return (
    <p class="desk-row">
      <span>{text === undefined ? label : <Said text={text} />}</span>
      <strong>{value}</strong>
    </p>
  );
}

/** Vietnamese, and English small beneath. */
function Said({ text, params }: { readonly text: TextKey; readonly params?: Params }) {
  return (
    <span class="said">
      {vi(text, params)}
      <span class="said-en" lang="en">
        {en(text, params)}
      </span>
    </span>
  );
}

function Scene({ name }: { readonly name: string }) {
  const key = `desk.scene.${name}`;
  if (!isTextKey(key)) return null;
  return (
    <span class="desk-scene">
      <Said text={key} />
    </span>
  );
}

function stateWord(state: string): string {
  const key = `desk.register.${state}`;
  return isTextKey(key) ? vi(key) : state;
}
