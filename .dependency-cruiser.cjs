// Directions of imports, as docs/architecture.md draws them. `npm run check:imports` is part of CI.
const roots = '^src/(station|hub|cli|demo|doctor)/';
const pure = '^src/(documents|rules|chip|lane)/';
const test = '\\.test\\.tsx?$';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vite(/client)?$' },
    },
    {
      name: 'devices-know-ports-and-kernel-only',
      comment:
        'src says what a checkpoint needs of a device, devices say how a given device gives it.',
      severity: 'error',
      from: { path: '^devices/', pathNot: `${test}|^devices/card-reader/` },
      to: { path: '^(src|web|test|fixtures|scripts)/', pathNot: '^src/(ports|kernel)/' },
    },
    {
      name: 'the-emulated-card-has-its-own-protocol',
      comment:
        'It shares encodings and primitives with the terminal it answers, no step of a protocol: a mistake made once is not made on both sides.',
      severity: 'error',
      from: { path: '^devices/card-reader/', pathNot: test },
      to: {
        path: '^(src|web|test|fixtures|scripts)/',
        pathNot:
          '^src/(ports|kernel)/|^src/chip/((tlv|apdu|protocol-error|card-channel)\\.ts$|crypto/)',
      },
    },
    {
      name: 'only-roots-join-devices-and-src',
      severity: 'error',
      from: { path: '^src/', pathNot: `${roots}|${test}` },
      to: { path: '^(devices|web|fixtures|scripts)/' },
    },
    {
      name: 'pure-parts-do-no-io',
      comment:
        'documents, rules, chip and lane get time, randomness and I/O as arguments; node:crypto is allowed.',
      severity: 'error',
      from: { path: pure, pathNot: test },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'what-the-doctor-looks-for-does-no-io',
      comment:
        'Checks see the machine that they are given; only src/doctor/machine touches the real one.',
      severity: 'error',
      from: { path: '^src/doctor/(checks|devices|[a-z-]+\\.ts)', pathNot: test },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?path' },
    },
    {
      name: 'pure-parts-know-the-kernel-types-only',
      severity: 'error',
      from: { path: pure, pathNot: test },
      to: {
        path: '^src/kernel/(encrypted-database|native-|package-root)|node_modules/(fastify|better-sqlite3|zxing-wasm|sharp)',
      },
    },
    {
      name: 'ports-are-interfaces',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(ports|kernel)/' },
    },
    {
      name: 'kernel-knows-nobody',
      severity: 'error',
      from: { path: '^src/kernel/', pathNot: test },
      to: { path: '^(src|devices|web|fixtures)/', pathNot: '^src/(kernel|ports)/' },
    },
    {
      name: 'documents-first',
      severity: 'error',
      from: { path: '^src/documents/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/(documents|kernel)/' },
    },
    {
      name: 'registers-and-journal-know-no-lane',
      severity: 'error',
      from: { path: '^src/(registers|journal|vision)/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/($1|kernel|ports)/' },
    },
    {
      name: 'rules-before-lane',
      severity: 'error',
      from: { path: '^src/rules/', pathNot: test },
      to: { path: '^src/', pathNot: '^src/(rules|documents|registers|kernel)/' },
    },
    {
      name: 'nobody-imports-a-root',
      severity: 'error',
      from: { path: '^(src|devices)/', pathNot: `${roots}|${test}` },
      to: { path: roots },
    },
    {
      name: 'pages-know-shapes-only',
      comment: 'A page may know the types of the HTTP interface, nothing else of the daemon.',
      severity: 'error',
      from: { path: '^web/', pathNot: test },
      to: {
        path: '^(src|devices)/',
        pathNot:
          '^src/(station/http/(shapes|[a-z]+-shape|events)|station/aim/aim-shapes|demo/desk/desk-shapes)\\.ts$',
      },
    },
    {
      name: 'no-test-code-in-the-product',
      severity: 'error',
      from: { path: '^(src|devices|fixtures|web)/', pathNot: test },
      to: { path: `^test/|${test}` },
    },
    {
      name: 'contract-suites-are-for-tests',
      severity: 'error',
      from: { path: '^(src|devices|web|scripts)/', pathNot: `${test}|^devices/contract/` },
      to: { path: '^devices/contract/' },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      severity: 'error',
      from: { path: '^(src|devices)/', pathNot: `${test}|^devices/contract/` },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    exclude: { path: '^(dist|web/dist)/' },
  },
};
