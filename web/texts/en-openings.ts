import type { viOpenings } from './vi-openings.ts';

export const enOpenings: Readonly<Record<keyof typeof viOpenings, string>> = {
  'openings.open': 'Openings without a passage',
  'openings.open.count': 'Openings without a passage · {count}',
  'openings.summary':
    'Since {at}: {untied} openings without a passage, {overridden} let pass against the answer.',
  'openings.summary.before': 'Before the station started: {count} more openings.',

  'sheet.openings': 'Opened without a passage, let pass against the answer',
  'openings.loading': 'The list is coming.',
  'openings.failed': 'The list could not be had.',
  'openings.retry': 'Try again',
  'openings.lane': 'Lane {name}',
  'openings.shift': 'Shift of {name}, since {at}',
  'openings.shift.nobody': 'Nobody on shift, since {at}',
  'openings.shift.count': '{untied} without a passage · {overridden} against the answer',
  'openings.none': 'None.',
  'openings.more': 'and {count} older ones, counted only',
  'openings.listed-since':
    'The list begins at {at}, when the station started. What is older is sealed in the journal; only counts of openings without a passage are left here:',
  'openings.listed-since.none':
    'The list begins at {at}, when the station started. It had counted no opening without a passage before.',
  'openings.before': 'Shift since {at}: {counts}',
  'openings.before.nobody': 'While nobody was on shift: {counts}',
  'openings.before.one': '{what} {count}',
  'openings.before.unknown': 'Unknown before {at}: the journal could not be read at the start.',

  'opening.emergency-open': 'Emergency opening',
  'opening.emergency-button': 'Emergency button',
  'opening.opened-by-hand': 'Barrier opened without an order',
  'opening.barrier-tamper': 'Barrier cabinet opened',
  'opening.paper': 'Paper book',
  'opening.release': 'Lane released',
  'opening.unrecorded': 'Let pass while nothing could be recorded',
  'opening.overridden': 'Let pass, the answer was {verdict}',
  'opening.passage': 'passage {number}',
  'opening.no-reason': 'no reason yet',
  'opening.nobody': 'nobody on shift',
  'opening.released': 'until {at}, {count} crossed',
  'opening.releasing': 'still released',
  'opening.taken-back': 'taken back',
};
