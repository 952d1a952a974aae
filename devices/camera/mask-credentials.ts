const SCHEME = /[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>]*/gi;
const SECRET_LENGTH_MIN = 3;

/**
 * A function that takes everything secret out of a line: of any URL only scheme, host and port stay (cameras carry
 * passwords before the host, in the query and in the path), and the user and password of `source` are masked wherever
 * else they stand, as given and decoded.
 */
export function credentialMask(source: string): (line: string) => string {
  const secrets = secretsOf(source);
  return (line) => {
    let masked = line.replace(SCHEME, maskUrl);
    for (const secret of secrets) masked = masked.replaceAll(secret, '***');
    return masked;
  };
}

function maskUrl(url: string): string {
  const [scheme = '', rest = ''] = url.split(/:\/\/(.*)/s);
  const [authority = ''] = rest.split(/[/?#]/);
  // An @ only behind the first slash: part of a path, or of a password that should have been encoded. Nobody knows.
  if (!authority.includes('@') && rest.includes('@')) return `${scheme}://***`;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return `${scheme}://${host}${host.length < rest.length ? '/***' : ''}`;
}

/** User, password and query values of a URL, raw and decoded, longest first. */
function secretsOf(source: string): readonly string[] {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/i.exec(source);
  if (match?.[1] === undefined) return [];
  const rest = match[1];
  const query = rest.includes('?') ? rest.slice(rest.indexOf('?') + 1) : '';
  const raw = [
    ...(rest.includes('@') ? rest.slice(0, rest.lastIndexOf('@')).split(':') : []),
    ...query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1)),
  ];
  const all = new Set(raw.flatMap((text) => [text, decoded(text)]));
  return [...all]
    .filter((text) => text.length >= SECRET_LENGTH_MIN)
    .sort((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
