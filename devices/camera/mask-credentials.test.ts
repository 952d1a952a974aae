import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credentialMask } from './mask-credentials.ts';

test.each([
  ['rtsp://admin:geheim@10.0.0.5:554/live', 'rtsp://10.0.0.5:554/***'],
  ['rtsp://admin:pa%20ss@[fe80::1]:554/live', 'rtsp://[fe80::1]:554/***'],
  ['http://10.0.0.5/user=admin&password=geheim', 'http://10.0.0.5/***'],
  ['http://10.0.0.5?pwd=a@b', 'http://***'],
  ['rtsp://admin:ge/heim@10.0.0.5/live', 'rtsp://***'],
  ['rtsp://admin:ge@heim@10.0.0.5/live', 'rtsp://10.0.0.5/***'],
  ['rtsp://10.0.0.5', 'rtsp://10.0.0.5'],
])('of %s only the way to the camera is shown', (source, shown) => {
  expect(credentialMask(source)(`cannot open ${source}`)).toBe(`cannot open ${shown}`);
});

test('user and password are masked wherever a program repeats them, as given and decoded', () => {
  const mask = credentialMask('rtsp://admin:g%40heim@10.0.0.5/live?key=abcdef');
  expect(mask('401 for admin with g@heim or g%40heim, key abcdef')).toBe(
    '401 for *** with *** or ***, key ***',
  );
});

test('a broken escape does not break the mask', () => {
  expect(credentialMask('rtsp://admin:100%@10.0.0.5/live')('password 100% wrong')).toBe(
    'password *** wrong',
  );
});

test('a device or a file is shown as it is', () => {
  expect(credentialMask('/dev/video0')('/dev/video0: busy')).toBe('/dev/video0: busy');
});

test('no password of three letters or more survives in a line that quotes it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 3, maxLength: 20 }), (password) => {
      fc.pre(!'Error at rtsp://10.0.0.9/***: bad *** or ***'.includes(password));
      const encoded = encodeURIComponent(password);
      const source = `rtsp://u:${encoded}@10.0.0.9/`;
      const line = credentialMask(source)(`Error at ${source}: bad ${password} or ${encoded}`);
      expect(line).not.toContain(password);
      expect(line).not.toContain(encoded);
      expect(line).toContain('10.0.0.9');
    }),
    { numRuns: 300 },
  );
});
