import type { viPasser } from './vi-passer.ts';

export const enPasser: Readonly<Record<keyof typeof viPasser, string>> = {
  'passer.idle': 'Hold your QR code in the frame',
  'passer.idle.distance': '15–20 cm from the camera',
  'passer.card.old': 'Older card: front',
  'passer.card.new': 'New card: back',
  'passer.go': 'Please go',
  'passer.wait': 'Please wait for an officer',
  'passer.closed': 'Lane closed for now',
  'passer.dead': 'Please wait for an officer',
  'passer.notice':
    'Codes are read here to prevent an epidemic. No pictures are kept. Ask an officer about your data.',
  'hint.too-far': 'Bring the code closer',
  'hint.too-close': 'Hold the code further away',
  'hint.dim-phone': 'Make the screen brighter',
  'hint.bright-phone': 'Make the screen darker',
  'hint.dark-scene': 'Hold still, the light is coming on',
  'hint.glare': 'Tilt the code out of the glare',
  'hint.moving': 'Hold still',
  'hint.cut-off': 'Bring the whole code into the frame',
  'hint.no-code': 'Open your QR code / turn the card over',
  'hint.several-codes': 'One code at a time',
  'hint.not-read': 'Show your card or tell an officer the number',
};
