// Prints an Xcursor file of one clear pixel: a touch screen needs no arrow.
const words = [
  // Header: magic, its length, version, one entry.
  ...[0x72756358, 16, 0x10000, 1],
  // Entry: an image of nominal size 1, at byte 28.
  ...[0xfffd0002, 1, 28],
  // Image: its header's length, kind, size, version, width, height, hot spot, delay; then the pixel.
  ...[36, 0xfffd0002, 1, 1, 1, 1, 0, 0, 0, 0],
];
const bytes = Buffer.alloc(words.length * 4);
for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
process.stdout.write(bytes);
