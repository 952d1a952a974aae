/**
 * Keys of issuers whose private halves are published, by SHA-256 of their SubjectPublicKeyInfo (security C4): everybody who has
 * this repository can make them. Issuers of tests and of the emulated card get theirs anew in every process, from no seed.
 */
export const DENIED_ISSUER_KEYS: ReadonlySet<string> = new Set([
  // Issuers that tests of earlier states made from seeds, authority and signer each.
  'efce01b5d1e1766b45bed5ff404dde262ede3767922c386ddc3dbcffacb782c6',
  'e8abc18ce62116b86eb821f66f4b7f9050fccba6aadc854b7f053d66185a3467',
  'df8ec3b18271a9a2e86268601038156c26d93da2796a1eaff1c2ba8b7af83a11',
  '9f70744b060ea93e1f000a1e67bb5ff415aa37b9a2a090707ce970350afecd5a',
  '1af25b8c9e989fc396bb6cb57d90ffe700060131cee8dedd2589c2cca29be8bd',
  '45eafaa2900fb92477a838db4a557b6a742bbaeeab82dcaf34a531d8bf97e4d8',
  '2a872f79f1784fcff6bd5ded262aa3bf21242bff68e46025dbafce1af79ebe35',
  '2ba6496e051d07ab9fbefafcaa6358c49fac152e21f2c534a50ff5dc1ffe844b',
  '190060ab201e1fc99ec025d028cf22a1decf552c2ca3daa06948c5b6108460e9',
  'f3706551d5fb26d96e87b4b46270a3eeb67465e1c8f519f6faed176bcf4ca036',
  '537e4889cb7a0445ee2cd132ad9f9b78e31edf558f63944509a1f7ddb5adff05',
  '4073e38cd38469aedda38e268ecfadef7405f4c90e4fa6b4d3f3ae049c9696a5',
  // ICAO 9303-11, G.1, H.1 and I.1: brainpoolP256r1.
  '29f915a9d7715c6fc64b041ff14b9e69c4c79c5cf9dd8de0daefba4c1751874f',
  'dbceca0fdbd2ec9f477d2611d120e3d69c78894e25f10d9f1bcc55bb239ec805',
  'd78a1e96300b106b03b3c9cef53f328226e16111d54a18fa4e08cf71fbb7c2f3',
  'de3f77270b8fec7027d1ad09e95916c10eb4a187f2d7bcf755c0ce544f74ddd5',
  '341e685bc0b39940463750349879bee3c7063689d8a7f25327d65b313ca9bff6',
  'e9e1a26ce81b15231f3af18774cb66c025fdd30ac61f17a8a67dad607b0d2d27',
  'e1f07428a12ec087f2529e32ca394ac67ccd7c3cb1cdba09c172d0bac0a06dd6',
]);
