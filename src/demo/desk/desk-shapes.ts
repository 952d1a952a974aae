import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** What the demo's desk shows and does: the hub's side of the demo, for a visitor. */
export const DeskView = Type.Object(
  {
    /** The demo's time, against which every other is told. */
    nowMs: Type.Number(),
    staffScreen: Type.String(),
    line: Type.Object({ cut: Type.Boolean(), sinceMs: Type.Number() }, closed),
    station: Type.Object(
      {
        /** Whether the station has an answer of the hub; it finds out by itself that the line is dead. */
        line: Type.Enum(['up', 'down', 'unknown', 'revoked']),
        unsentSegments: Type.Integer(),
        /** Version in force at the station, and how old what it says is. */
        manifest: Type.Integer(),
        registers: Type.Array(
          Type.Object(
            {
              name: Type.String(),
              state: Type.Enum(['fresh', 'ageing', 'expired', 'unusable', 'absent']),
              asOfMs: Type.Union([Type.Number(), Type.Null()]),
            },
            closed,
          ),
        ),
      },
      closed,
    ),
    /** What hangs on pseudo-terminals beside the lane; null where none can be made. */
    gate: Type.Union([
      Type.Object(
        {
          arm: Type.Enum(['closed', 'moving', 'open']),
          light: Type.Enum(['dark', 'green', 'red']),
          boardPlugged: Type.Boolean(),
          scannerPlugged: Type.Boolean(),
          emergencyPressed: Type.Boolean(),
        },
        closed,
      ),
      Type.Null(),
    ]),
    hub: Type.Object(
      {
        manifest: Type.Integer(),
        stationHeardMs: Type.Union([Type.Number(), Type.Null()]),
        records: Type.Integer(),
        passages: Type.Integer(),
        openCases: Type.Integer(),
      },
      closed,
    ),
    people: Type.Array(
      Type.Object(
        {
          id: Type.Integer(),
          /** Synthetic name. */
          name: Type.String(),
          /** How they come through the gate; the page has words for it. */
          scene: Type.String(),
          /** Published from this desk as F0. */
          published: Type.Boolean(),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type DeskView = Static<typeof DeskView>;

export const DeskLineAction = Type.Object({ cut: Type.Boolean() }, closed);
export const DeskPersonAction = Type.Object(
  { person: Type.Integer({ minimum: 0, maximum: 64 }), published: Type.Boolean() },
  closed,
);

export const DeskGateAction = Type.Object(
  { what: Type.Enum(['board', 'scanner', 'emergency']), on: Type.Boolean() },
  closed,
);
export type DeskGateAction = Static<typeof DeskGateAction>;

/** What the desk asks of the demo around it. */
export type DeskPort = {
  readonly view: () => Promise<DeskView>;
  readonly setLine: (cut: boolean) => void;
  readonly setGate: (action: DeskGateAction) => Promise<void>;
  readonly setPublished: (person: number, published: boolean) => Promise<void>;
};
