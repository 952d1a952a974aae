import sharp from 'sharp';

// One thread a picture, and no cache: a station's pictures never come twice, and lanes share two cores.
sharp.concurrency(1);
sharp.cache(false);

export { sharp };
