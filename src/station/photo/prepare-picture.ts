import { type FacePicture, readPicture } from '../../chip/lds/picture.ts';
import { ProtocolError } from '../../chip/protocol-error.ts';
import { type PhotoFailure, type PhotoFailureReason, photoFailure } from './decoded-photo.ts';
import { checkFrameHeader } from './jpeg-header.ts';
import { checkCodestream, unboxCodestream } from './jpeg2000-header.ts';
import { type PhotoRequest, PICTURE_BYTES_MAX } from './photo-messages.ts';
import { PictureRefusal } from './picture-refusal.ts';

/**
 * Holds a picture's header against what a face on a document can be, before anything is allocated for it. Of a JP2 file
 * only the codestream goes on, measured once more on its own: what is decoded is what was looked at.
 */
export function preparePicture(picture: FacePicture): PhotoRequest | PhotoFailure {
  const { bytes } = picture;
  if (bytes.length > PICTURE_BYTES_MAX) {
    return photoFailure(
      'photo.too-large',
      `a picture of ${bytes.length} bytes: ${PICTURE_BYTES_MAX} at most`,
    );
  }
  try {
    const { format } = readPicture(bytes);
    return format === 'jpeg' ? jpegRequest(bytes) : jpeg2000Request(bytes);
  } catch (error) {
    if (error instanceof PictureRefusal) return photoFailure(error.reason, error.message);
    if (error instanceof ProtocolError) return photoFailure(reasonOf(error), error.message);
    throw error;
  }
}

function jpegRequest(bytes: Uint8Array): PhotoRequest {
  checkFrameHeader(bytes);
  return { kind: 'jpeg', bytes };
}

function jpeg2000Request(bytes: Uint8Array): PhotoRequest {
  const { codestream, colourDifferences } = unboxCodestream(bytes);
  readPicture(codestream);
  checkCodestream(codestream);
  return { kind: colourDifferences ? 'jpeg2000-ycc' : 'jpeg2000', bytes: codestream };
}

function reasonOf(error: ProtocolError): PhotoFailureReason {
  if (error.code === 'picture.too-large') return 'photo.too-large';
  return error.code === 'picture.unknown' ? 'photo.unsupported' : 'photo.damaged';
}
